import { describe, expect, it, vi } from 'vitest'
import { Measurements } from '../../../src/renderer/look/measurements.svelte'
import { Prior } from '../../../src/renderer/look/prior.svelte'
import type { Review } from '../../../src/renderer/review/review.svelte'
import { ViewerState } from '../../../src/renderer/viewer/viewerState.svelte'
import type { CaseDetail } from '../../../src/shared/contract'
import { emptyReading, type Reading, type RelatedCase } from '../../../src/shared/reading'
import { detail, labels, openSmallCase, size } from '../review/smallCase'

/** The same voxels, 5 mm to the right and 30 mm higher in its own millimetres. */
function priorDetail(): CaseDetail {
  const { row, ...rest } = detail()
  return { ...rest, row: { ...row, id: 'old', title: 'Old' }, affine: [[1, 0, 0, 5], [0, 1, 0, 0], [0, 0, 2, 30]] } // prettier-ignore
}

async function beside(related: Partial<RelatedCase>, reading: Reading = emptyReading) {
  const opened = openSmallCase()
  const review = { case: opened, viewer: new ViewerState() } as unknown as Review
  const keepReading = vi.fn(async () => undefined)
  const fail = vi.fn()
  const measurements = new Measurements({ reading: async () => reading, keepReading }, fail)
  await measurements.load(opened)
  const api = {
    caseDetail: async () => priorDetail(),
    listCases: async () => [opened.detail.row, priorDetail().row],
    relatedCases: async () => [{ caseId: 'old', samePatient: true, sameFrame: false, studyDate: null, ...related }],
  }
  const image = Int16Array.from({ length: size ** 3 }, (_, n) => n % 1000)
  const prior = new Prior(review, api, measurements, fail, vi.fn(), async (of) => {
    return { detail: of, image, labels: labels() }
  })
  await prior.toggle()
  return { prior, keepReading, fail, image }
}

describe('a prior study', () => {
  it('of the same patient opens at once, in its own millimetres where the frame is shared', async () => {
    const { prior, fail, image } = await beside({ sameFrame: true })
    expect(fail).not.toHaveBeenCalled()
    expect([prior.shown, prior.link, prior.offset]).toEqual([true, 'frame', [0, 0, 0]])
    expect(prior.at([7, 10, 34])).toEqual({ hu: image[2 + size * (10 + size * 2)], label: 0 })
    expect(prior.at([0, 0, 0])).toBeNull()
  })

  it('of another patient is asked for', async () => {
    const { prior } = await beside({ samePatient: false })
    expect([prior.shown, prior.candidates.length]).toEqual([false, 1])
  })

  it('lies middle on middle until the reader aligns it, which is remembered', async () => {
    const { prior, keepReading } = await beside({})
    expect([prior.link, prior.offset]).toEqual(['centres', [-5, 0, -30]])
    prior.toggleAligning()
    prior.drag([4, 4, 4], [6, 3, 4])
    prior.step('axial', 2)
    expect(prior.offset).toEqual([-3, -1, -34])
    prior.toggleAligning()
    expect(prior.link).toBe('aligned')
    await vi.waitFor(() => expect(keepReading).toHaveBeenCalledTimes(1))
    const again = await beside({}, { measurements: [], alignments: { old: [-3, -1, -34] } })
    expect([again.prior.link, again.prior.offset]).toEqual(['aligned', [-3, -1, -34]])
  })
})
