import { describe, expect, it, vi } from 'vitest'
import { Doubts } from '../../../src/renderer/look/doubts.svelte'
import type { OpenCase } from '../../../src/renderer/review/openCase.svelte'
import type { Review } from '../../../src/renderer/review/review.svelte'
import { ViewerState } from '../../../src/renderer/viewer/viewerState.svelte'
import { identityAffine, type Vec3 } from '../../../src/shared/geometry/affine'
import { decodeUncertainty, encodeUncertainty, type UncertaintyMap } from '../../../src/shared/uncertainty'
import { openSmallCase } from '../review/smallCase'

const spot = (structure: string, mm: Vec3, sum: number) => ({ structure, mm, volumeMl: 1, sum })
const map: UncertaintyMap = {
  dims: [2, 1, 1],
  affine: identityAffine,
  bits: Uint8Array.of(0, 64),
  spots: [spot('liver', [7, 10, 20], 9), spot('spleen', [14, 10, 20], 5), spot('liver', [5, 9, 12], 2)],
}

/** As much of a review as doubts need. */
function reviewOf(opened: OpenCase): Review {
  const viewer = new ViewerState()
  viewer.reset(opened.dims)
  return { case: opened, viewer, pick: (name: string) => opened.pick(name) } as unknown as Review
}

describe('doubts', () => {
  it('lead from the worst place to the next, of structures that are not verified, round and round', async () => {
    const opened = openSmallCase()
    const review = reviewOf(opened)
    const doubts = new Doubts(review, vi.fn(), async () => map)
    await doubts.next()
    expect(opened.active).toBe('liver')
    expect(review.viewer.crosshair).toEqual([7, 10, 10])
    await doubts.next()
    expect([opened.active, doubts.at?.place, doubts.at?.all]).toEqual(['spleen', 2, 3])
    opened.setStatus('liver', 'accepted')
    await doubts.next()
    expect([opened.active, doubts.at?.place, doubts.at?.all]).toEqual(['spleen', 1, 1])
    opened.setStatus('spleen', 'accepted')
    await doubts.next()
    expect(doubts.at).toBeNull()
  })

  it('are fetched once for each segmentation', async () => {
    const opened = openSmallCase()
    const fetchMap = vi.fn(async () => map)
    const doubts = new Doubts(reviewOf(opened), vi.fn(), fetchMap)
    await doubts.toggle()
    expect(doubts.shown).toBe(true)
    await Promise.all([doubts.next(), doubts.next()])
    expect(fetchMap).toHaveBeenCalledTimes(1)
    opened.takeOver({ ...opened.detail }, null, 'Segmentation')
    await doubts.load()
    expect(fetchMap).toHaveBeenCalledTimes(2)
  })

  it('are of the newest labels, however late the map of older ones comes', async () => {
    const opened = openSmallCase()
    const answers: ((map: UncertaintyMap) => void)[] = []
    const doubts = new Doubts(reviewOf(opened), vi.fn(), () => new Promise((resolve) => answers.push(resolve)))
    const older = doubts.load()
    opened.takeOver({ ...opened.detail }, null, 'Segmentation')
    const newer = doubts.load()
    const newest = { ...map, spots: [] }
    answers[1](newest)
    await newer
    answers[0](map)
    await older
    expect(doubts.map).toBe(newest)
  })

  it('say so where nothing was kept', async () => {
    const say = vi.fn()
    const doubts = new Doubts(reviewOf(openSmallCase()), say, async () => null)
    await doubts.toggle()
    expect(doubts.shown).toBe(false)
    expect(say).toHaveBeenCalledOnce()
  })
})

describe('a map of uncertainty', () => {
  it('comes back from its bytes', () => {
    expect(decodeUncertainty(encodeUncertainty(map))).toEqual(map)
  })

  it('is refused where it is cut short', () => {
    expect(() => decodeUncertainty(encodeUncertainty({ ...map, bits: new Uint8Array(1) }))).toThrow(RangeError)
  })
})
