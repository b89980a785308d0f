import { existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs'
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
import { listRemoved, removalOf, removeCase, restoreCase } from '../../../src/main/library/trash'
import { temporaryFolder, temporaryLibrary } from './fixtures'
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
    expect(nextCase(library, 'first', { not: other })).toBeNull()
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
