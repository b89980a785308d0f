import { describe, expect, it, vi } from 'vitest'
import { Comparison } from '../../../src/renderer/look/comparison.svelte'
import type { OpenCase } from '../../../src/renderer/review/openCase.svelte'
import type { Review } from '../../../src/renderer/review/review.svelte'
import { ViewerState } from '../../../src/renderer/viewer/viewerState.svelte'
import type { RevisionRow } from '../../../src/shared/caseHistory'
import { detail, labels, openSmallCase } from '../review/smallCase'

const row = (id: string, extra: Partial<RevisionRow> = {}): RevisionRow => {
  return { id, parent: null, author: 'anna', origin: 'reader', model: null, createdAt: '2026-01-01T00:00:00Z', statuses: {}, ...extra } // prettier-ignore
}

/** An older revision: the liver two voxels to the right, no spleen. */
function older(): Uint8Array {
  const now = labels()
  return now.map((_, n) => (now[n - 2] === 1 ? 1 : 0))
}

function compare(opened: OpenCase) {
  const viewer = new ViewerState()
  const review = { case: opened, viewer, segmenting: null, bench: { drop: vi.fn() } } as unknown as Review
  const revisions = [row('r0', { origin: 'model', model: 'abdomen@1' }), row('r1', { parent: 'r0' })]
  const say = vi.fn()
  const fail = vi.fn()
  const api = { caseDetail: async () => ({ ...detail(), revisions }) }
  const comparison = new Comparison(review, api, fail, say, async () => older())
  return { comparison, say, fail }
}

const of = (comparison: Comparison, name: string) => comparison.figures?.find((f) => f.structure.name === name)

describe('a comparison', () => {
  it('begins with the revision before the current one, and says DSC and the change of volume', async () => {
    const { comparison, fail } = compare(openSmallCase())
    await comparison.toggle()
    expect(fail).not.toHaveBeenCalled()
    expect(comparison.revision?.id).toBe('r0')
    expect(of(comparison, 'liver')?.overlap.dsc).toBeGreaterThan(0.5)
    expect(of(comparison, 'liver')?.changeMl).toBe(0)
    expect(of(comparison, 'spleen')).toMatchObject({ overlap: { dsc: 0 }, changeMl: (64 * 2) / 1000 })
    expect(of(comparison, 'pancreas')?.overlap.dsc).toBeNull()
    await comparison.toggle()
    expect([comparison.shown, comparison.figures]).toEqual([false, null])
  })

  it('copies a structure as one command that undo takes back byte for byte', async () => {
    const opened = openSmallCase()
    const before = opened.editor.data.slice()
    const { comparison } = compare(opened)
    await comparison.toggle()
    await comparison.copy(opened.structures[0])
    expect(opened.editor.data.map((v) => (v === 1 ? 1 : 0))).toEqual(older())
    expect(opened.statusOf('liver')).toBe('corrected')
    expect(opened.undoTitle).toBe('Copy Liver from abdomen@1')
    opened.undo()
    expect(opened.editor.data).toEqual(before)
    expect(opened.undoTitle).toBeNull()
  })

  it('changes nothing of a locked structure, neither as what is copied nor as what lies there', async () => {
    const opened = openSmallCase({ liver: 'accepted' })
    const before = opened.editor.data.slice()
    const { comparison, say } = compare(opened)
    await comparison.toggle()
    await comparison.copy(opened.structures[0])
    expect(say).toHaveBeenCalledWith('Liver is locked')
    expect(opened.editor.data).toEqual(before)
    opened.toggleLocked('liver')
    opened.toggleLocked('spleen')
    await comparison.copy(opened.structures[0])
    const spleen = (data: Uint8Array): number[] => [...data].flatMap((v, n) => (v === 3 ? [n] : []))
    expect(spleen(opened.editor.data)).toEqual(spleen(before))
  })

  it('that was closed before it had its answer does not begin', async () => {
    const { comparison } = compare(openSmallCase())
    const opening = comparison.toggle()
    comparison.close()
    await opening
    expect([comparison.opened, comparison.shown]).toEqual([null, false])
  })
})
