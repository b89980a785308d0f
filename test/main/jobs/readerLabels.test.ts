import { describe, expect, it } from 'vitest'
import { addModelLabels } from '../../../src/main/jobs/modelLabels'
import { addReaderLabels, addReaderStatus } from '../../../src/main/jobs/readerLabels'
import { listAudit } from '../../../src/main/library/audit'
import { addCase, getCase, setRole } from '../../../src/main/library/cases'
import { listFindings } from '../../../src/main/library/findings'
import type { Library } from '../../../src/main/library/library'
import { setMember } from '../../../src/main/library/members'
import { allNotes } from '../../../src/main/library/visibleNotes'
import { siteStatistics } from '../../../src/main/library/statistics'
import { schemaNamed } from '../../../src/shared/labels/builtin'
import type { Statuses } from '../../../src/shared/labels/status'
import { temporaryLibrary } from '../library/fixtures'
import { newCase, smallLabels } from '../library/samples'

const schema = schemaNamed('flare23')

async function proposed(library: Library, model: string, ids: Readonly<Record<number, number>>): Promise<string> {
  const { id } = await addCase(library, newCase())
  const proposal = { model, offered: ['liver', 'spleen'], labels: smallLabels(ids), doubt: { liver: 0.25 } }
  await addModelLabels(library, id, proposal, schema)
  return id
}

describe('what a reader drew', () => {
  it('is a revision with what it took: voxels, the time at each structure, and how good the model was', async () => {
    const library = temporaryLibrary()
    const caseId = await proposed(library, 'flare@1', { 0: 1, 1: 1, 2: 3 })
    const save = (labels: Uint8Array, statuses = {}, seconds = {}): Promise<unknown> =>
      addReaderLabels(library, { caseId, parent: getCase(library, caseId).revision, statuses, labels, seconds })
    // The aorta was accepted in the same save, the pancreas only looked at; no schema knows a tail.
    const drawn = smallLabels({ 0: 1, 1: 1, 5: 1, 6: 1, 7: 1, 2: 3, 8: 3 }).data
    await save(drawn, { aorta: 'accepted' }, { liver: 12, spleen: 25, aorta: 3, pancreas: 2, tail: 9 })
    expect(siteStatistics(library).readers).toMatchObject([{ name: 'reader', cases: 1, voxels: 4, seconds: 42 }])
    const byStructure = library.database.all('SELECT structure, voxels, seconds, dsc FROM efforts ORDER BY structure')
    expect(byStructure).toEqual([
      { structure: 'aorta', voxels: 0, seconds: 3, dsc: 1 },
      { structure: 'liver', voxels: 3, seconds: 12, dsc: 4 / 7 },
      { structure: 'pancreas', voxels: 0, seconds: 2, dsc: null },
      { structure: 'spleen', voxels: 1, seconds: 25, dsc: 2 / 3 },
    ])
    // A second save counts against the model's labels too, not against the reader's own.
    await save(smallLabels({ 0: 1, 2: 3, 8: 3 }).data, getCase(library, caseId).statuses)
    const [model] = siteStatistics(library).models
    expect(model).toMatchObject({ name: 'flare@1', accepted: 1, corrected: 2, voxels: 8 })
    expect(model.dsc).toBeCloseTo((2 / 3 + 2 / 3 + 1) / 3)
    expect(getCase(library, caseId).facts).toMatchObject({ doubt: 0.25, disagreement: null })
    expect(listFindings(library, caseId).find(({ structure }) => structure === 'spleen')?.volumeMl).toBeCloseTo(0.0028)
  })

  it('counts a mask that was accepted as the model drew it, once', async () => {
    const library = temporaryLibrary()
    const caseId = await proposed(library, 'flare@1', { 0: 1 })
    addReaderStatus(library, caseId, 'liver', 'accepted')
    addReaderStatus(library, caseId, 'liver', 'accepted')
    expect(library.database.all('SELECT structure, voxels, dsc FROM efforts')).toEqual([
      { structure: 'liver', voxels: 0, dsc: 1 },
    ])
    expect(() => addReaderStatus(library, caseId, 'tail', 'accepted')).toThrow('has no structure tail')
  })

  it('has the time of what is decided by key, whatever is decided', async () => {
    const library = temporaryLibrary()
    const caseId = await proposed(library, 'flare@1', { 0: 1 })
    addReaderStatus(library, caseId, 'liver', 'accepted', { seconds: { liver: 12, pancreas: 4 } })
    addReaderStatus(library, caseId, 'spleen', 'absent', { seconds: { spleen: 3 } })
    addReaderStatus(library, caseId, 'aorta', 'rejected', { reason: 'it is the cava' })
    expect(library.database.all('SELECT structure, voxels, seconds, dsc FROM efforts ORDER BY id')).toEqual([
      { structure: 'liver', voxels: 0, seconds: 12, dsc: 1 },
      { structure: 'pancreas', voxels: 0, seconds: 4, dsc: null },
      { structure: 'spleen', voxels: 0, seconds: 3, dsc: null },
    ])
    expect(siteStatistics(library).models).toMatchObject([{ name: 'flare@1', accepted: 1, absent: 1, seconds: 19 }])
  })

  it('has the time of a save in which no voxel changed, too', async () => {
    const library = temporaryLibrary()
    const caseId = await proposed(library, 'flare@1', { 0: 1 })
    const parent = getCase(library, caseId).revision
    const labels = smallLabels({ 0: 1 }).data
    await addReaderLabels(library, { caseId, parent, statuses: {}, labels, seconds: { liver: 7 } })
    expect(siteStatistics(library).readers).toMatchObject([{ name: 'reader', voxels: 0, seconds: 7 }])
  })

  it('is rejected only with a reason, which is on record however it is rejected', async () => {
    const library = temporaryLibrary()
    const caseId = await proposed(library, 'flare@1', { 0: 1, 2: 3 })
    const reasons = (): string[] => allNotes(library, caseId).map(({ structure, text }) => `${structure}: ${text}`)
    expect(() => addReaderStatus(library, caseId, 'aorta', 'rejected')).toThrow('rejecting aorta needs a reason')
    expect(() => addReaderStatus(library, caseId, 'aorta', 'rejected', { reason: ' ' })).toThrow('needs a reason')
    addReaderStatus(library, caseId, 'aorta', 'rejected', { reason: 'it is the cava' })

    const save = (statuses: Statuses, given = {}): Promise<unknown> => {
      const parent = getCase(library, caseId).revision
      return addReaderLabels(library, { caseId, parent, statuses, labels: smallLabels({ 0: 1 }).data, reasons: given })
    }
    await expect(save({ aorta: 'rejected', liver: 'rejected' })).rejects.toThrow('rejecting liver needs a reason')
    expect(getCase(library, caseId).statuses.liver ?? 'unreviewed').toBe('unreviewed')
    await save({ aorta: 'rejected', liver: 'rejected' }, { aorta: null, liver: 'much is missing' })
    // What stays as it was is not said again.
    await save({ aorta: 'rejected', liver: 'rejected' }, { aorta: 'it is the cava', liver: 'much is missing' })
    expect(reasons()).toEqual(['aorta: it is the cava', 'liver: much is missing'])

    // Undo and redo lead back to a rejection, for the reason that it had.
    addReaderStatus(library, caseId, 'aorta', 'unreviewed')
    addReaderStatus(library, caseId, 'aorta', 'rejected', { reason: null })
    expect(reasons().at(-1)).toBe('aorta: it is the cava')
    expect(listAudit(library, { subject: caseId }).filter(({ action }) => action === 'reject')).toHaveLength(3)
    expect(siteStatistics(library).readers).toMatchObject([{ rejected: 2 }])
  })

  it('keeps what another verified in a held-out case, where roles are on, from all but arbiters', async () => {
    const anna = temporaryLibrary({ user: 'anna' })
    const bert: Library = { ...anna, user: 'bert' }
    const caseId = await proposed(anna, 'flare@1', { 0: 1 })
    addReaderStatus(anna, caseId, 'liver', 'accepted')
    addReaderStatus(bert, caseId, 'spleen', 'absent')
    setRole(anna, caseId, 'hold-out')
    setMember(anna, 'anna', 'administrator')
    expect(() => addReaderStatus(bert, caseId, 'liver', 'unreviewed')).toThrow('is held out: that takes an arbiter')
    const parent = getCase(anna, caseId).revision
    const labels = smallLabels({ 0: 1, 5: 1 }).data
    const statuses = { liver: 'unreviewed', spleen: 'absent' } as const
    const saved = addReaderLabels(bert, { caseId, parent, statuses, labels: smallLabels({ 0: 1 }).data })
    await expect(saved).rejects.toThrow('take back that liver is verified')
    expect(getCase(anna, caseId)).toMatchObject({ revision: parent, statuses: { liver: 'accepted' } })
    // Correcting it verifies it anew.
    await addReaderLabels(bert, {
      caseId,
      parent,
      statuses: { liver: 'accepted', spleen: 'absent' },
      labels,
    })
    expect(getCase(anna, caseId).statuses.liver).toBe('corrected')
    // A slip of one's own is taken back by undo.
    addReaderStatus(bert, caseId, 'spleen', 'unreviewed')
    addReaderStatus(anna, caseId, 'liver', 'rejected', { reason: 'a slip' })
    expect(getCase(anna, caseId).statuses).toMatchObject({ liver: 'rejected', spleen: 'unreviewed' })
  })

  it('tells how far the next model disagrees with the last, on what nobody verified', async () => {
    const library = temporaryLibrary()
    const caseId = await proposed(library, 'flare@1', { 0: 1, 1: 1, 2: 3 })
    addReaderStatus(library, caseId, 'spleen', 'accepted')
    const proposal = { model: 'flare@2', offered: ['liver', 'spleen'], labels: smallLabels({ 0: 1, 9: 3 }) }
    await addModelLabels(library, caseId, proposal, schema)
    const found = listFindings(library, caseId)
    expect(found.find(({ structure }) => structure === 'liver')?.disagreement).toBeCloseTo(1 / 3)
    expect(found.find(({ structure }) => structure === 'spleen')?.disagreement).toBeNull()
    expect(getCase(library, caseId).facts?.disagreement).toBeCloseTo(1 / 3)
  })
})
