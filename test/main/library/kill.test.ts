import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { brokenAuditLink, listAudit } from '../../../src/main/library/audit'
import { getCase, listCases, readCaseImage, readCaseSource } from '../../../src/main/library/cases'
import { openLibrary, type Library } from '../../../src/main/library/library'
import { currentModel, listModels } from '../../../src/main/library/models'
import { libraryPaths } from '../../../src/main/library/paths'
import { listRevisions, readRevision } from '../../../src/main/library/revisions'
import { seededRandom } from '../../../src/shared/random'
import { bundle } from '../bundle'
import { temporaryFolder } from '../../temporaryFolder'
import { temporaryLibrary } from './fixtures'

let program: string
beforeAll(async () => {
  program = await bundle('test/main/library/restless.ts')
})
afterAll(() => rmSync(dirname(program), { recursive: true, force: true }))

/** Starts the restless program; `said` grows by what it finished. */
function startRestless(root: string, access: 'owner' | 'guest', rounds: number, seed: number) {
  const child = spawn(process.execPath, [program, root, access, String(rounds), String(seed)])
  const state = { said: [] as string[], errors: '' }
  let rest = ''
  child.stdout.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n')
    rest = lines.pop() ?? ''
    state.said.push(...lines)
  })
  child.stderr.on('data', (chunk: Buffer) => (state.errors += chunk.toString()))
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  /** Resolves when it has said so many lines. */
  const said = (lines: number) =>
    new Promise<void>((resolve) => {
      child.stdout.on('data', () => state.said.length >= lines && resolve())
      child.on('close', () => resolve())
    })
  return { state, ended, said, kill: () => void child.kill('SIGKILL') }
}

/** All that the database points to is on disk and whole. */
async function expectWhole(library: Library): Promise<void> {
  for (const { id } of listCases(library)) {
    await readCaseImage(library, id)
    await readCaseSource(library, id)
    for (const revision of listRevisions(library, id)) {
      await readRevision(library, id, revision.id)
      const bytes = readFileSync(libraryPaths.labels(library.root, id, revision.id))
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(revision.sha256)
    }
  }
  for (const { name, version } of listModels(library)) {
    const folder = libraryPaths.model(library.root, name, version)
    expect(JSON.parse(readFileSync(join(folder, 'model.json'), 'utf8'))).toMatchObject({ version })
    expect(readFileSync(join(folder, 'network.onnx'))).toHaveLength(200_000)
  }
  expect(brokenAuditLink(library)).toBeNull()
  expect(library.recovery?.missing).toEqual([])
  const left = readdirSync(library.root, { recursive: true, encoding: 'utf8' })
  expect(left.filter((path) => /\.tmp$|\.incoming-/.test(path))).toEqual([])
}

/** What a killed process said that it finished is there. */
function expectKept(library: Library, said: readonly string[]): void {
  for (const line of said) {
    const [what, id] = line.split(' ', 2)
    if (what === 'case') expect(getCase(library, id).id).toBe(id)
    if (what === 'revision') {
      const [caseId, revision] = id.split('/')
      expect(listRevisions(library, caseId).map((row) => row.id)).toContain(revision)
    }
    if (what === 'status') expect(getCase(library, id).statuses.spleen).toBe('absent')
    if (what === 'model') expect(listModels(library).map((row) => row.version)).toContain(Number(id))
  }
}

describe('a process that is killed', () => {
  it('loses nothing that it had finished and leaves nothing half done, whenever it is killed', async () => {
    const root = join(temporaryFolder(), 'library')
    const random = seededRandom(20)
    let midway = 0
    for (let round = 0; round < 40; round++) {
      const child = startRestless(root, 'owner', 1000, round)
      // The first line is that the library is open; each round after it is four. Then somewhere into the next.
      await child.said(1 + random.int(8))
      await new Promise((resolve) => setTimeout(resolve, random.next() * 20))
      child.kill()
      await child.ended
      expect(child.state.errors).toBe('')
      // What it said reaches us whole: a line is written at once, after the commit.
      const library = openLibrary(root)
      midway += library.recovery?.removed.length ?? 0
      expectKept(library, child.state.said)
      if (round % 5 === 4) await expectWhole(library)
      library.close()
    }
    const library = temporaryLibrary({}, root)
    await expectWhole(library)
    expect(listCases(library).length).toBeGreaterThan(10)
    expect(currentModel(library)).not.toBeNull()
    // Some of the kills must have hit a file in the making, or the test has shown nothing.
    expect(midway).toBeGreaterThan(0)
  })
})

describe('two processes at once', () => {
  it('both write, and nothing of either is lost', async () => {
    const library = temporaryLibrary()
    const children = [1, 1].map((seed) => startRestless(library.root, 'guest', 15, seed))
    expect(await Promise.all(children.map((child) => child.ended))).toEqual([0, 0])
    for (const child of children) expectKept(library, child.state.said)
    await expectWhole(library)
    const cases = listCases(library)
    expect(cases).toHaveLength(15)
    expect(cases.flatMap(({ id }) => listRevisions(library, id))).toHaveLength(30)
    expect(listModels(library)).toHaveLength(30)
    expect(listAudit(library).filter(({ outcome }) => outcome === 'spleen: absent')).toHaveLength(30)
  })
})
