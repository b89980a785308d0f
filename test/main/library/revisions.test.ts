import { readdirSync, rmSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { listAudit } from '../../../src/main/library/audit'
import { addCase, getCase } from '../../../src/main/library/cases'
import { libraryPaths } from '../../../src/main/library/paths'
import { currentStatuses, lastReview, listReviews, setStatus } from '../../../src/main/library/reviews'
import {
  addRevision,
  listRevisions,
  MovedOnError,
  readRevision,
  revisionRow,
  type NewRevision,
} from '../../../src/main/library/revisions'
import { temporaryLibrary } from './fixtures'
import { newCase, smallLabels } from './samples'

async function libraryWithCase() {
  const library = temporaryLibrary()
  const { id: caseId } = await addCase(library, newCase())
  const revision = (extra: Partial<NewRevision>): NewRevision => ({
    caseId,
    parent: null,
    origin: 'model',
    model: 'flare@1',
    statuses: {},
    edited: [],
    labels: smallLabels({ 3: 1 }),
    ...extra,
  })
  return { library, caseId, revision }
}

describe('addRevision', () => {
  it('refuses a revision of a case of which something was said meanwhile, where asked to', async () => {
    const { library, caseId, revision } = await libraryWithCase()
    const { id: parent } = await addRevision(library, revision({}))
    const late = revision({ parent, onlyAfterReview: lastReview(library, caseId) })
    setStatus(library, caseId, 'liver', 'accepted')
    await expect(addRevision(library, late)).rejects.toThrow(MovedOnError)
    expect(getCase(library, caseId)).toMatchObject({ revision: parent, statuses: { liver: 'accepted' } })
    await addRevision(library, { ...late, onlyAfterReview: lastReview(library, caseId) })
  })

  it('puts into the audit what a reader decided along with a save, in one entry, and nothing of what a model resets', async () => {
    const { library, caseId, revision } = await libraryWithCase()
    const { id: parent } = await addRevision(library, revision({}))
    const statuses = { liver: 'corrected', spleen: 'accepted', aorta: 'rejected' } as const
    const saved = await addRevision(library, revision({ parent, origin: 'reader', statuses }))
    await addRevision(library, revision({ parent: saved.id, statuses: { liver: 'corrected', spleen: 'accepted' } }))
    const entries = listAudit(library, { subject: caseId }).filter(({ action }) => action === 'status')
    expect(entries).toMatchObject([{ who: 'reader', outcome: 'liver: corrected, spleen: accepted, aorta: rejected' }])
  })

  it('appends to the history and makes the newest current', async () => {
    const { library, caseId, revision } = await libraryWithCase()
    const first = await addRevision(library, revision({}))
    const second = await addRevision(
      library,
      revision({ parent: first.id, origin: 'reader', statuses: { liver: 'corrected' }, labels: smallLabels({ 4: 1 }) }),
    )
    expect(listRevisions(library, caseId)).toEqual([first, second])
    expect(getCase(library, caseId)).toMatchObject({
      revision: second.id,
      model: 'flare@1',
      reader: 'reader',
      statuses: { liver: 'corrected' },
      changedAt: second.createdAt,
    })
    expect((await readRevision(library, caseId, first.id)).data).toEqual(smallLabels({ 3: 1 }).data)
    expect((await readRevision(library, caseId, second.id)).data).toEqual(smallLabels({ 4: 1 }).data)
    expect(Object.keys(revisionRow(second))).not.toContain('sha256')
  })

  it('refuses labels on another grid and parents of another case', async () => {
    const { library, caseId, revision } = await libraryWithCase()
    const labels = { ...smallLabels(), dims: [5, 6, 7] as const }
    await expect(addRevision(library, revision({ labels }))).rejects.toThrow("do not fit the case's 7 x 6 x 5")
    const { id: other } = await addCase(library, newCase(2))
    const foreign = await addRevision(library, revision({ caseId: other }))
    await expect(addRevision(library, revision({ parent: foreign.id }))).rejects.toThrow('has no label revision')
    expect(listRevisions(library, caseId)).toEqual([])
  })

  it('refuses a revision of a case that moved on, where asked to, and leaves no file', async () => {
    const { library, caseId, revision } = await libraryWithCase()
    const first = await addRevision(library, revision({}))
    await addRevision(library, revision({ parent: first.id, origin: 'reader' }))
    const late = revision({ parent: first.id, onlyAfterReview: lastReview(library, caseId) })
    await expect(addRevision(library, late)).rejects.toThrow(MovedOnError)
    expect(readdirSync(libraryPaths.allLabels(library.root, caseId))).toHaveLength(2)
  })

  it('cannot be changed or deleted afterwards', async () => {
    const { library, revision } = await libraryWithCase()
    await addRevision(library, revision({}))
    expect(() => library.database.run("UPDATE revisions SET author = 'someone else'")).toThrow('append-only')
    expect(() => library.database.run('DELETE FROM revisions')).toThrow()
  })

  it('says which file is missing', async () => {
    const { library, caseId, revision } = await libraryWithCase()
    const { id } = await addRevision(library, revision({}))
    rmSync(libraryPaths.labels(library.root, caseId, id))
    await expect(readRevision(library, caseId, id)).rejects.toThrow(`${id}.nii.gz is missing`)
  })
})

describe('statuses', () => {
  it('are the newest review of each structure, and every review stays', async () => {
    const { library, caseId, revision } = await libraryWithCase()
    const { id } = await addRevision(library, revision({}))
    setStatus(library, caseId, 'liver', 'accepted')
    setStatus(library, caseId, 'spleen', 'absent')
    setStatus(library, caseId, 'liver', 'rejected')
    expect(currentStatuses(library, caseId)).toEqual({ liver: 'rejected', spleen: 'absent' })
    expect(listReviews(library, caseId).map((review) => review.status)).toEqual(['accepted', 'absent', 'rejected'])
    expect(listReviews(library, caseId)[0]).toMatchObject({ structure: 'liver', revision: id, author: 'reader' })
    expect(getCase(library, caseId)).toMatchObject({ reader: 'reader', statuses: { liver: 'rejected' } })
  })

  it('follow a revision that brings others, and fall back to unreviewed where it names none', async () => {
    const { library, caseId, revision } = await libraryWithCase()
    setStatus(library, caseId, 'liver', 'rejected')
    await addRevision(library, revision({ statuses: { spleen: 'accepted' } }))
    expect(currentStatuses(library, caseId)).toEqual({ liver: 'unreviewed', spleen: 'accepted' })
  })
})
