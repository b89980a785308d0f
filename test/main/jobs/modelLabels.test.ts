import fc from 'fast-check'
import { readdirSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { addModelLabels, underVerified, type Proposal } from '../../../src/main/jobs/modelLabels'
import { addCase, getCase } from '../../../src/main/library/cases'
import { appendJournal, readJournal } from '../../../src/main/library/journal'
import type { Library } from '../../../src/main/library/library'
import { libraryPaths } from '../../../src/main/library/paths'
import { setStatus } from '../../../src/main/library/reviews'
import {
  addRevision,
  getRevision,
  listRevisions,
  readRevision,
  UnsavedEditsError,
} from '../../../src/main/library/revisions'
import { schemaNamed } from '../../../src/shared/labels/builtin'
import { reviewStatuses, type ReviewStatus } from '../../../src/shared/labels/status'
import { temporaryLibrary } from '../library/fixtures'
import { newCase, smallLabels } from '../library/samples'

const schema = schemaNamed('flare23')
const [liver, spleen, aorta] = [1, 3, 5]

describe('underVerified', () => {
  const under = (statuses: Record<string, ReviewStatus>, present: number[], proposed: number[]) => [
    ...underVerified(Uint8Array.from(present), Uint8Array.from(proposed), {
      schema,
      statuses,
      offered: ['liver', 'spleen'],
    }),
  ]

  it('leaves a verified structure exactly where it is', () => {
    expect(under({ liver: 'accepted' }, [liver, liver, 0, 0], [0, spleen, liver, spleen])).toEqual([
      liver,
      liver,
      0,
      spleen,
    ])
  })

  it('proposes nothing for a structure that is verified absent, and clears what is left of it', () => {
    expect(under({ spleen: 'absent' }, [spleen, 0, 0], [spleen, spleen, liver])).toEqual([0, 0, liver])
  })

  it('replaces what is not verified, and keeps what the model does not offer', () => {
    expect(under({}, [liver, aorta, aorta, 255], [0, 0, spleen, 0])).toEqual([0, aorta, spleen, 0])
  })

  it('never changes where a verified structure is, whatever the model says', () => {
    const voxels = fc.array(fc.constantFrom(0, liver, 2, spleen, aorta, 255), { minLength: 24, maxLength: 24 })
    const statuses = fc.record({
      liver: fc.constantFrom(...reviewStatuses),
      spleen: fc.constantFrom(...reviewStatuses),
      aorta: fc.constantFrom(...reviewStatuses),
    })
    fc.assert(
      fc.property(voxels, voxels, statuses, (present, proposed, said) => {
        const result = under(said, present, proposed)
        for (const [name, id] of Object.entries({ liver, spleen, aorta }) as [keyof typeof said, number][]) {
          const places = (ids: number[]) => ids.flatMap((value, at) => (value === id ? [at] : []))
          if (said[name] === 'accepted' || said[name] === 'corrected') expect(places(result)).toEqual(places(present))
          if (said[name] === 'absent') expect(places(result)).toEqual([])
        }
      }),
    )
  })
})

describe('addModelLabels', () => {
  const proposal = (ids: Record<number, number>): Proposal => ({
    model: 'flare@2',
    offered: ['liver', 'spleen'],
    labels: smallLabels(ids),
  })

  async function libraryWithLabels(): Promise<{ library: Library; caseId: string; parent: string }> {
    const library = temporaryLibrary()
    const { id: caseId } = await addCase(library, newCase())
    const { id: parent } = await addRevision(library, {
      caseId,
      parent: null,
      origin: 'reader',
      model: 'flare@1',
      statuses: { liver: 'corrected', spleen: 'rejected', aorta: 'rejected' },
      edited: ['liver', 'spleen', 'aorta'],
      labels: smallLabels({ 0: liver, 1: spleen, 2: aorta }),
    })
    return { library, caseId, parent }
  }

  it('keeps verified structures with their status, and puts the others up for review again', async () => {
    const { library, caseId, parent } = await libraryWithLabels()
    const stored = await addModelLabels(library, caseId, proposal({ 0: spleen, 3: spleen, 4: liver }), schema)
    expect(stored).toMatchObject({ parent, origin: 'model', model: 'flare@2', edited: ['liver', 'aorta'] })
    expect((await readRevision(library, caseId, stored.id)).data).toEqual(
      smallLabels({ 0: liver, 2: aorta, 3: spleen }).data,
    )
    const { statuses, model, revision } = getCase(library, caseId)
    expect(statuses).toEqual({ liver: 'corrected', spleen: 'unreviewed', aorta: 'rejected' })
    expect({ model, revision }).toEqual({ model: 'flare@2', revision: stored.id })
  })

  it('labels a case that has none', async () => {
    const library = temporaryLibrary()
    const { id } = await addCase(library, newCase())
    const stored = await addModelLabels(library, id, proposal({ 5: liver }), schema)
    expect(stored.parent).toBeNull()
    expect((await readRevision(library, id, stored.id)).data).toEqual(smallLabels({ 5: liver }).data)
  })

  it('keeps a structure that a reader accepts by key while the model is at work', async () => {
    const { library, caseId } = await libraryWithLabels()
    const made = addModelLabels(library, caseId, proposal({ 8: spleen, 9: liver }), schema)
    const files = libraryPaths.allLabels(library.root, caseId)
    while (readdirSync(files).length < 2) await setImmediate()
    // The proposal's file is being written; its row is not there.
    expect(listRevisions(library, caseId)).toHaveLength(1)
    setStatus(library, caseId, 'spleen', 'accepted')
    const { id } = await made
    expect(getCase(library, caseId)).toMatchObject({
      revision: id,
      statuses: { liver: 'corrected', spleen: 'accepted' },
    })
    expect((await readRevision(library, caseId, id)).data).toEqual(smallLabels({ 0: liver, 1: spleen, 2: aorta }).data)
  })

  it('leaves a case with unsaved edits alone where nobody asked for labels of it', async () => {
    const { library, caseId, parent } = await libraryWithLabels()
    await appendJournal(library, caseId, parent, [Uint8Array.of(1)])
    const unasked = { ...proposal({ 8: spleen }), unasked: true }
    await expect(addModelLabels(library, caseId, unasked, schema)).rejects.toThrow(UnsavedEditsError)
    expect(await readJournal(library, caseId)).toMatchObject({ parent })
    await addModelLabels(library, caseId, proposal({ 8: spleen }), schema)
    expect(listRevisions(library, caseId)).toHaveLength(2)
  })

  it('goes under what a reader saves while the model is at work', async () => {
    const { library, caseId, parent } = await libraryWithLabels()
    const reader = (voxel: number) =>
      addRevision(library, {
        caseId,
        parent,
        origin: 'reader',
        model: 'flare@1',
        statuses: { liver: 'corrected' },
        edited: ['liver'],
        labels: smallLabels({ [voxel]: liver }),
      })
    const [fromModel] = await Promise.all([
      addModelLabels(library, caseId, proposal({ 8: spleen, 9: liver }), schema),
      reader(7),
    ])
    const revisions = listRevisions(library, caseId)
    expect(revisions).toHaveLength(3)
    // Whichever came first, the model's labels have what was verified when they were made.
    const under = getRevision(library, caseId, fromModel.parent ?? '')
    const expected: Record<number, number> =
      under.id === parent ? { 0: liver, 2: aorta, 8: spleen } : { 7: liver, 8: spleen }
    expect((await readRevision(library, caseId, fromModel.id)).data).toEqual(smallLabels(expected).data)
  })
})
