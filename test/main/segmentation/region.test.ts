import { describe, expect, it } from 'vitest'
import { affineOf } from '../../../src/shared/geometry/affine'
import { intersection, regionOf } from '../../../src/main/segmentation/region'

/** Three classes on 10 cubed voxels of 4 mm, whose outer faces are those of 40 cubed voxels of 1 mm. */
const input = { dims: [40, 40, 40], affine: affineOf([1, 0, 0], [0, 1, 0], [0, 0, 1], [0.5, 0.5, 0.5]) } as const
function scoresWith(
  ...foreground: readonly [number, number, number, channel?: number][]
): Parameters<typeof regionOf>[0] {
  const data = new Float32Array(3000)
  for (const [i, j, k, channel = 1] of foreground) data[1000 * channel + i + 10 * (j + 10 * k)] = 1
  return {
    grid: { dims: [10, 10, 10], affine: affineOf([4, 0, 0], [0, 4, 0], [0, 0, 4], [2, 2, 2]) },
    classes: 3,
    data,
  }
}

describe('regionOf', () => {
  it('is the box of the largest find on the image’s grid, and the margin', () => {
    const scores = scoresWith([4, 5, 5], [5, 5, 5], [9, 0, 0])
    expect(regionOf(scores, input, 0)).toEqual({ low: [16, 20, 20], high: [24, 24, 24] })
    expect(regionOf(scores, input, 3)).toEqual({ low: [13, 17, 17], high: [27, 27, 27] })
    expect(regionOf(scores, input, 18)).toEqual({ low: [0, 2, 2], high: [40, 40, 40] })
  })

  it('takes in a structure that touches no other', () => {
    const scores = scoresWith([4, 5, 5], [5, 5, 5], [9, 0, 0], [8, 8, 8, 2], [0, 0, 9, 2], [8, 8, 7, 2])
    expect(regionOf(scores, input, 0)).toEqual({ low: [16, 20, 20], high: [36, 36, 36] })
  })

  it('follows an image whose axes run elsewhere', () => {
    const turned = { dims: [40, 40, 40], affine: affineOf([0, -1, 0], [1, 0, 0], [0, 0, 1], [0.5, 39.5, 0.5]) } as const
    expect(regionOf(scoresWith([4, 5, 6]), turned, 0)).toEqual({ low: [16, 16, 24], high: [20, 20, 28] })
  })

  it('is null where nothing is found', () => {
    expect(regionOf(scoresWith(), input)).toBeNull()
  })
})

describe('intersection', () => {
  it('is what both share, or the second', () => {
    const box = { low: [0, 0, 0], high: [10, 10, 10] } as const
    expect(intersection(box, { low: [5, 5, 5], high: [20, 20, 20] })).toEqual({ low: [5, 5, 5], high: [10, 10, 10] })
    expect(intersection(box, { low: [12, 0, 0], high: [20, 9, 9] })).toEqual({ low: [12, 0, 0], high: [20, 9, 9] })
  })
})
