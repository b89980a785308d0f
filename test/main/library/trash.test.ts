import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { listAudit } from '../../../src/main/library/audit'
import { addCase, getCase, listCases, readCaseImage, setRole } from '../../../src/main/library/cases'
import { verifyLibrary } from '../../../src/main/library/integrity'
import { openLibrary, type Library } from '../../../src/main/library/library'
import { setMember } from '../../../src/main/library/members'
import { nextCase } from '../../../src/main/library/nextCase'
import { addNote } from '../../../src/main/library/notes'
import { libraryPaths } from '../../../src/main/library/paths'
import { setStatus } from '../../../src/main/library/reviews'
import { addRevision, listRevisions, readRevision } from '../../../src/main/library/revisions'
import { askSecondReading } from '../../../src/main/library/secondReading'
import {
  emptyTrash,
  listRemoved,
  removalOf,
  removeCase,
  restoreCase,
  trashContents,
} from '../../../src/main/library/trash'
import { temporaryFolder } from '../../temporaryFolder'
import { temporaryLibrary } from './fixtures'
import { newCase, smallLabels } from './samples'

async function readOnce(library: Library, seed = 1): Promise<string> {
  const { id } = await addCase(library, newCase(seed))
  const revision = { parent: null, origin: 'model', model: 'flare@1', statuses: {}, edited: [] } as const
  await addRevision(library, { ...revision, caseId: id, labels: smallLabels({ 3: 1 }) })
  setStatus(library, id, 'liver', 'accepted')
  addNote(library, id, { kind: 'comment', text: 'a cyst?' })
  return id
}

describe('a deleted case', () => {
  it('leaves the worklist and lies in the trash, whole, until it is restored as it was', async () => {
    const library = temporaryLibrary()
    const id = await readOnce(library)
    const other = await readOnce(library, 2)
    const before = getCase(library, id)
    expect(await removalOf(library, id)).toMatchObject({ revisions: 1, verified: 1, notes: 1, obstacle: null })
    expect((await removalOf(library, id)).bytes).toBeGreaterThan(500)

    removeCase(library, id)
    expect(listCases(library).map((row) => row.id)).toEqual([other])
    expect(() => getCase(library, id)).toThrow('no case')
    expect(nextCase(library, 'first', { not: [other] })).toBeNull()
    expect([existsSync(libraryPaths.case(library.root, id)), existsSync(libraryPaths.trashed(library.root, id))]).toEqual([false, true]) // prettier-ignore
    expect(listRemoved(library)).toMatchObject([{ id, removedBy: 'reader' }])
    expect((await verifyLibrary(library)).faults).toEqual([])
    await expect(
      addRevision(library, { caseId: id, parent: null, origin: 'model', model: null, statuses: {}, edited: [], labels: smallLabels() }), // prettier-ignore
    ).rejects.toThrow('no case')
    // The same image comes back by being restored, with all that is known of it.
    expect(await addCase(library, newCase(1))).toMatchObject({ id, added: false, removed: true })
    expect(listCases(library)).toHaveLength(1)

    expect(restoreCase(library, id)).toEqual(before)
    expect(listRevisions(library, id)).toHaveLength(1)
    expect((await readRevision(library, id, before.revision!)).data[3]).toBe(1)
    await readCaseImage(library, id)
    expect((await verifyLibrary(library)).faults).toEqual([])
    expect(listAudit(library, { subject: id }).map(({ action }) => action).slice(0, 3)).toEqual(['restore', 'import', 'delete']) // prettier-ignore
    expect(() => restoreCase(library, id)).toThrow('no case')
  })

  it('is not one that models are judged by, and takes an administrator where there are roles', async () => {
    const library = temporaryLibrary({ user: 'anna' })
    const [held, id] = [await readOnce(library), await readOnce(library, 2)]
    setRole(library, held, 'hold-out')
    expect(() => removeCase(library, held)).toThrow('a hold-out only grows')
    expect((await removalOf(library, held)).obstacle).toContain('models are judged by it')
    setMember(library, 'anna', 'administrator')
    expect(() => removeCase({ ...library, user: 'bert' }, id)).toThrow('bert may not delete a case')
    expect(listCases(library)).toHaveLength(2)
    removeCase(library, id)
    expect(() => restoreCase({ ...library, user: 'bert' }, id)).toThrow('bert may not restore a case')
    renameSync(libraryPaths.trashed(library.root, id), join(library.root, 'elsewhere'))
    expect(() => restoreCase(library, id)).toThrow('gone from the trash')
  })

  it('lies where its row says, whatever a kill left', async () => {
    const root = temporaryFolder()
    const library = openLibrary(root, { user: 'reader' })
    const [gone, kept] = [await readOnce(library), await readOnce(library, 2)]
    removeCase(library, gone)
    library.close()
    // Killed between the folder and the row, in either direction.
    renameSync(libraryPaths.trashed(root, gone), libraryPaths.case(root, gone))
    mkdirSync(libraryPaths.trash(root), { recursive: true })
    renameSync(libraryPaths.case(root, kept), libraryPaths.trashed(root, kept))
    const again = temporaryLibrary({}, root)
    expect(again.recovery?.missing).toEqual([])
    expect(readdirSync(libraryPaths.trash(root))).toEqual([gone])
    expect(readdirSync(libraryPaths.cases(root))).toEqual([kept])
    await readCaseImage(again, kept)
  })
})

describe('emptying the trash', () => {
  it('removes what was deleted up to a moment for good, and leaves every other case as it was', async () => {
    const library = temporaryLibrary()
    const [old, recent, kept] = [await readOnce(library), await readOnce(library, 2), await readOnce(library, 3)]
    removeCase(library, old)
    const upTo = listRemoved(library)[0].removedAt
    await new Promise((resolve) => setTimeout(resolve, 5))
    removeCase(library, recent)
    // Somebody's own folder: no deleted case's.
    const strange = join(libraryPaths.trash(library.root), 'notes of mine')
    mkdirSync(strange)

    const asked = await trashContents(library, upTo)
    expect(asked).toMatchObject({ cases: 1, upTo, obstacle: null })
    expect(asked.bytes).toBeGreaterThan(500)
    expect(await emptyTrash(library, upTo)).toEqual({ cases: 1, bytes: asked.bytes, later: 0 })
    expect(listRemoved(library).map(({ id }) => id)).toEqual([recent])
    expect(existsSync(libraryPaths.trashed(library.root, old))).toBe(false)
    expect(existsSync(strange)).toBe(true)
    expect(() => restoreCase(library, old)).toThrow('went when the trash was emptied')
    expect(listAudit(library, { subject: old })[0]).toMatchObject({ action: 'purge', who: 'reader' })
    restoreCase(library, recent)
    for (const id of [recent, kept]) {
      await readRevision(library, id, getCase(library, id).revision!)
      await readCaseImage(library, id)
    }
    expect((await verifyLibrary(library)).faults).toEqual([])
    expect(await emptyTrash(library, new Date().toISOString())).toEqual({ cases: 0, bytes: 0, later: 0 })
  })

  it('lets the same image in again, under its id and without the labels that are gone', async () => {
    const library = temporaryLibrary()
    const id = await readOnce(library)
    const parent = getCase(library, id).revision
    const read = { parent, origin: 'reader', model: 'flare@1', statuses: { liver: 'accepted' }, edited: [] } as const
    await addRevision(library, { ...read, caseId: id, labels: smallLabels({ 3: 1 }) })
    await askSecondReading(library, id, 'teaching')
    expect(getCase(library, id).facts?.reading).toBe('second')
    removeCase(library, id)
    await emptyTrash(library, new Date().toISOString())
    expect(await addCase(library, newCase(1))).toEqual({ id, added: true, removed: false })
    expect(getCase(library, id)).toMatchObject({ revision: null, statuses: {}, facts: { reading: null, comments: 1 } })
    expect(listRevisions(library, id)).toEqual([])
    expect((await verifyLibrary(library)).faults).toEqual([])
    const revision = { parent: null, origin: 'model', model: 'flare@1', statuses: {}, edited: [] } as const
    await addRevision(library, { ...revision, caseId: id, labels: smallLabels() })
    expect(listRevisions(library, id)).toHaveLength(1)
    removeCase(library, id)
    restoreCase(library, id)
    expect((await verifyLibrary(library)).faults).toEqual([])
  })

  it('takes an administrator where there are roles', async () => {
    const library = temporaryLibrary({ user: 'anna' })
    const id = await readOnce(library)
    removeCase(library, id)
    setMember(library, 'anna', 'administrator')
    const bert = { ...library, user: 'bert' }
    expect((await trashContents(bert)).obstacle).toContain('takes an administrator')
    await expect(emptyTrash(bert, new Date().toISOString())).rejects.toThrow('bert may not empty the trash')
    expect(listAudit(library)[0]).toMatchObject({ who: 'bert', action: 'refused' })
    restoreCase(library, id)
  })

  it('goes on when the library is opened next, whatever a kill left', async () => {
    const root = temporaryFolder()
    const library = openLibrary(root, { user: 'reader' })
    const [gone, kept, half] = [await readOnce(library), await readOnce(library, 2), await readOnce(library, 3)]
    for (const id of [gone, half]) removeCase(library, id)
    const files = libraryPaths.trashed(root, gone)
    const aside = join(root, 'aside')
    cpSync(files, aside, { recursive: true })
    await emptyTrash(library, new Date().toISOString())
    library.close()
    // Killed after the row, with some of the files there; and while the same image was imported again.
    rmSync(join(aside, 'source.json'))
    renameSync(aside, files)
    mkdirSync(libraryPaths.allLabels(root, half), { recursive: true })
    const again = temporaryLibrary({}, root)
    expect(readdirSync(libraryPaths.trash(root))).toEqual([])
    expect(readdirSync(libraryPaths.cases(root))).toEqual([kept])
    expect(listRemoved(again)).toEqual([])
    expect((await verifyLibrary(again)).faults).toEqual([])
    expect((await addCase(again, newCase(3))).added).toBe(true)
  })

  it('stops between two cases when it is cancelled', async () => {
    const library = temporaryLibrary()
    const ids = [await readOnce(library), await readOnce(library, 2), await readOnce(library, 3)]
    for (const id of ids) removeCase(library, id)
    const stop = new AbortController()
    const report = ({ done }: { done: number }): void => void (done === 0 && stop.abort())
    await expect(emptyTrash(library, new Date().toISOString(), { report, signal: stop.signal })).rejects.toThrow()
    const left = listRemoved(library)
    expect(left).toHaveLength(2)
    for (const { id } of left) expect(restoreCase(library, id).id).toBe(id)
    expect((await verifyLibrary(library)).faults).toEqual([])
  })
})
