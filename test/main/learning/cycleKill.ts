import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, relative } from 'node:path'
import { expect } from 'vitest'
import { settleRuns, unfinishedRun } from '../../../src/main/learning/cycleFile'
import { getCase, listCases } from '../../../src/main/library/cases'
import { verifyLibrary } from '../../../src/main/library/integrity'
import { openLibrary } from '../../../src/main/library/library'
import { listModels } from '../../../src/main/library/models'
import { listRevisions } from '../../../src/main/library/revisions'
import { bundle } from '../bundle'
import { killAfter, killTimes } from '../library/killing'

/**
 * Kills a site at random moments of import, save, training and promotion, so many times, on one library. After each kill:
 * all that it said it had finished is there, every file is as it was written, nothing half-written lies about, and a turn
 * that was begun is taken up. At last it is let run to its end.
 * @param mostMs how long it lives at most after the line that it is killed after
 * @param hasTeacher each turn trains a teacher first, and distils it
 */
export async function killSite(
  kills: number,
  seed: number,
  mostMs: number,
  hasTeacher = false,
): Promise<{ turns: number; atWork: number }> {
  const program = await bundle('test/main/learning/restlessCycle.ts')
  const folder = mkdtempSync(join(tmpdir(), 'emend gekillt ü-'))
  const root = join(folder, 'library')
  const args = [root, join(folder, 'model'), '1', ...(hasTeacher ? [join(folder, 'teacher')] : [])]
  try {
    // Once to its end, so that there is a model and a library.
    expect((await killAfter(program, args, Infinity, 0)).status).toBe(0)
    let atWork = 0
    const kept = new Set<string>()
    for (const { lines, ms } of killTimes(seed, kills, 9, mostMs)) {
      const { said, errors } = await killAfter(program, args, lines, ms)
      expect(errors).toBe('')
      for (const line of said) kept.add(line)
      const library = openLibrary(root, { user: 'coroner' })
      try {
        // As opening a workspace does.
        await settleRuns(library)
        const open = unfinishedRun(library)
        if (open) atWork += 1
        expectKept(library, kept)
        const { faults } = await verifyLibrary(library)
        // Whole files of what was not yet in the database are left over, and taken up or put aside; nothing else is wrong.
        expect(faults.filter(({ kind }) => kind !== 'left-over')).toEqual([])
        const left = readdirSync(root, { recursive: true, encoding: 'utf8' })
        const isAtWork = (path: string): boolean => open !== null && path.startsWith(relative(root, open.folder))
        expect(left.filter((path) => /\.tmp$|\.incoming-/.test(path) && !isAtWork(path))).toEqual([])
        expect(workingFiles(root).filter((path) => !isAtWork(path))).toEqual([])
      } finally {
        library.close()
      }
    }
    expect((await killAfter(program, args, Infinity, 0)).status).toBe(0)
    const library = openLibrary(root)
    expect(unfinishedRun(library)).toBeNull()
    expect(workingFiles(root)).toEqual([])
    const turns = readdirSync(join(root, 'runs')).filter((name) => isDone(join(root, 'runs', name))).length
    // Every turn that ended made one version, and no more; of its teacher too.
    const versions = (wanted: string): number => listModels(library).filter(({ name }) => name === wanted).length
    expect(versions('blobs') - 1).toBe(turns)
    expect(versions('teacher')).toBe(hasTeacher ? turns + 1 : 0)
    library.close()
    return { turns, atWork }
  } finally {
    rmSync(folder, { recursive: true, force: true })
    rmSync(dirname(program), { recursive: true, force: true })
  }
}

/** What runs keep beside their records. */
function workingFiles(root: string): string[] {
  return readdirSync(join(root, 'runs'), { recursive: true, encoding: 'utf8' })
    .map((path) => join('runs', path))
    .filter((path) => !statSync(join(root, path)).isDirectory() && basename(path) !== 'cycle.json')
}

function isDone(run: string): boolean {
  const path = join(run, 'cycle.json')
  return (
    existsSync(path) &&
    ['done', 'registered'].includes((JSON.parse(readFileSync(path, 'utf8')) as { state: string }).state)
  )
}

function expectKept(library: ReturnType<typeof openLibrary>, said: ReadonlySet<string>): void {
  const cases = new Set(listCases(library).map(({ id }) => id))
  const versions = new Set(listModels(library).flatMap(({ name, version }) => (name === 'blobs' ? [version] : [])))
  for (const line of said) {
    const [what, id] = line.split(' ')
    if (what === 'case') expect(cases).toContain(id)
    if (what === 'status') expect(getCase(library, id).statuses['anterior-hippocampus']).toBe('corrected')
    if (what === 'learned') expect(versions).toContain(Number(id))
    if (what === 'revision') {
      const [caseId, revision] = id.split('/')
      expect(listRevisions(library, caseId).map((row) => row.id)).toContain(revision)
    }
  }
}
