import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { listAudit } from '../../../src/main/library/audit'
import { backUp } from '../../../src/main/library/backup'
import { lastBackup } from '../../../src/main/library/careRecord'
import { addCase, getCase } from '../../../src/main/library/cases'
import { verifyLibrary, type Fault } from '../../../src/main/library/integrity'
import { openLibrary, type Library } from '../../../src/main/library/library'
import { setMember } from '../../../src/main/library/members'
import { registerModel } from '../../../src/main/library/models'
import { moveLibrary } from '../../../src/main/library/move'
import { libraryPaths } from '../../../src/main/library/paths'
import { addRevision } from '../../../src/main/library/revisions'
import { emptyTrash, removeCase } from '../../../src/main/library/trash'
import type { Work } from '../../../src/shared/progress'
import { temporaryFolder } from '../../temporaryFolder'
import { modelFolder, temporaryLibrary } from './fixtures'
import { newCase, smallLabels } from './samples'

async function filled(...seeds: number[]): Promise<{ library: Library; ids: string[]; backup: string }> {
  const library = temporaryLibrary()
  const ids: string[] = []
  for (const seed of seeds) {
    const { id } = await addCase(library, newCase(seed))
    const drawn = { parent: null, origin: 'reader', model: null, statuses: {}, edited: [] } as const
    await addRevision(library, { ...drawn, caseId: id, labels: smallLabels({ [seed]: 1 }) })
    ids.push(id)
  }
  await registerModel(library, modelFolder(), { promoted: true, verdict: 'first' })
  return { library, ids, backup: join(temporaryFolder(), 'Sicherung') }
}

async function faultsIn(backup: string): Promise<readonly Fault[]> {
  const copy = openLibrary(backup, { access: 'onlooker' })
  try {
    return (await verifyLibrary(copy)).faults
  } finally {
    copy.close()
  }
}

function stoppedAfter(files: number): Work {
  const stop = new AbortController()
  return { report: ({ done }) => (done >= files ? stop.abort() : undefined), signal: stop.signal }
}

const now = (): string => new Date().toISOString()
const refusal = 'holds something other than a backup of this library'

describe('a backup', () => {
  it('never goes over that of another library, nor over anything else', async () => {
    const [{ library, backup }, { library: other }] = [await filled(1), await filled(2)]
    await backUp(library, backup)
    const held = (): unknown => [readFileSync(libraryPaths.database(backup)), readdirSync(backup, { recursive: true })]
    const before = held()
    await expect(backUp(other, backup)).rejects.toThrow(`${backup} ${refusal}`)
    // A library that was never used has no place in it either.
    await expect(backUp(temporaryLibrary(), backup)).rejects.toThrow(refusal)
    expect(held()).toEqual(before)
    expect(lastBackup(other)).toBeNull()
    await expect(backUp(library, other.root)).rejects.toThrow(refusal)
    const papers = temporaryFolder()
    writeFileSync(join(papers, 'thesis.docx'), '')
    await expect(backUp(library, papers)).rejects.toThrow(refusal)
    expect(readdirSync(papers)).toEqual(['thesis.docx'])
  })

  it('goes over its own from wherever the library was moved to, or restored', async () => {
    const { library, backup } = await filled(1)
    await backUp(library, backup)
    library.close()
    const moved = join(temporaryFolder(), 'neu')
    await moveLibrary(library.root, moved)
    expect((await backUp(temporaryLibrary({}, moved), backup)).kept).toBeGreaterThan(0)
    const restored = join(temporaryFolder(), 'restored')
    cpSync(backup, restored, { recursive: true })
    expect((await backUp(temporaryLibrary({}, restored), backup)).kept).toBeGreaterThan(0)
  })

  it('that was cut short is taken up by its own library alone', async () => {
    const { library, backup } = await filled(1)
    await expect(backUp(library, backup, stoppedAfter(2))).rejects.toThrow(/abort/)
    expect(existsSync(libraryPaths.database(backup))).toBe(false)
    await expect(backUp((await filled(2)).library, backup)).rejects.toThrow(refusal)
    await backUp(library, backup)
    expect(await faultsIn(backup)).toEqual([])
    expect(readdirSync(backup).filter((name) => name.startsWith('.'))).toEqual([])
  })

  it('has what the library has: what was deleted lies in its trash, and what was purged is gone', async () => {
    const { library, ids, backup } = await filled(1, 2, 3)
    await backUp(library, backup)
    writeFileSync(join(backup, 'read me.txt'), 'every Monday')
    for (const id of ids.slice(0, 2)) removeCase(library, id)
    // One that is cut short leaves the earlier one whole.
    await expect(backUp(library, backup, stoppedAfter(3))).rejects.toThrow(/abort/)
    expect(await faultsIn(backup)).toEqual([])
    expect((await backUp(library, backup)).removed).toBeGreaterThan(3)
    expect(readdirSync(libraryPaths.cases(backup))).toEqual([ids[2]])
    expect(readdirSync(libraryPaths.trash(backup)).sort()).toEqual(ids.slice(0, 2).sort())
    expect(await faultsIn(backup)).toEqual([])

    await emptyTrash(library, now())
    // Imported again it has the same id, and none of the labels that went.
    await addCase(library, newCase(1))
    await backUp(library, backup)
    expect(readdirSync(libraryPaths.trash(backup))).toEqual([])
    expect(existsSync(libraryPaths.allLabels(backup, ids[0]))).toBe(false)
    expect(existsSync(libraryPaths.image(backup, ids[0]))).toBe(true)
    expect(await faultsIn(backup)).toEqual([])
    expect(existsSync(join(backup, 'read me.txt'))).toBe(true)
    expect((await backUp(library, backup)).removed).toBe(0)
  })

  it('keeps the last copy of what the library lost', async () => {
    const { library, ids, backup } = await filled(1)
    await backUp(library, backup)
    const { root } = library
    const { revision } = getCase(library, ids[0])
    const lost = [libraryPaths.labels(root, ids[0], revision!), libraryPaths.image(root, ids[0])]
    const network = join(libraryPaths.model(root, 'flare', 1), 'network.onnx')
    for (const path of [...lost, network]) rmSync(path)
    expect((await backUp(library, backup)).removed).toBe(0)
    expect(await faultsIn(backup)).toEqual([])
  })

  it('and a move are for administrators where roles are on, and a refusal is on record', async () => {
    const { library, backup } = await filled(1)
    setMember(library, 'reader', 'administrator')
    await expect(backUp({ ...library, user: 'bert' }, backup)).rejects.toThrow('bert may not back up the library')
    expect([existsSync(backup), lastBackup(library)]).toEqual([false, null])
    expect(listAudit(library)[0]).toMatchObject({ who: 'bert', action: 'refused' })
    library.close()
    await expect(moveLibrary(library.root, backup, { user: 'bert' })).rejects.toThrow('bert may not move the library')
    expect(existsSync(backup)).toBe(false)
    await moveLibrary(library.root, backup, { user: 'reader' })
    const moved = temporaryLibrary({}, backup)
    expect(listAudit(moved).map(({ who, action }) => [who, action]).slice(0, 2)).toEqual([['reader', 'move'], ['bert', 'refused']]) // prettier-ignore
  })
})
