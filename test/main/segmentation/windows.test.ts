import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { gaussianWindow, padTo, windowsOf, windowStarts } from '../../../src/main/segmentation/windows'
import { identityAffine } from '../../../src/shared/geometry/affine'

describe('windows', () => {
  it('cover the axis, stay inside it and overlap by no less than asked', () => {
    const arbitrary = fc
      .tuple(
        fc.integer({ min: 1, max: 64 }),
        fc.integer({ min: 0, max: 400 }),
        fc.double({ min: 0.1, max: 1, noNaN: true }),
      )
      .map(([size, more, step]) => ({ size, length: size + more, step }))
    fc.assert(
      fc.property(arbitrary, ({ size, length, step }) => {
        const starts = windowStarts(length, size, step)
        expect(starts[0]).toBe(0)
        expect(starts.at(-1)).toBe(length - size)
        for (let n = 1; n < starts.length; n++) {
          expect(starts[n] - starts[n - 1]).toBeLessThanOrEqual(Math.ceil(step * size))
          expect(starts[n]).toBeGreaterThanOrEqual(starts[n - 1])
        }
      }),
    )
  })

  it('are one where the image is no larger', () => {
    expect(windowsOf([32, 48, 16], [32, 48, 16], 0.5)).toEqual([[0, 0, 0]])
  })

  it('count most in their middle, the same from either side, and nowhere nothing', () => {
    const weights = gaussianWindow([9, 8, 6])
    const middle = 4 + 9 * (4 + 8 * 3)
    expect(Math.max(...weights)).toBe(weights[middle])
    expect(weights).toEqual(weights.slice().reverse())
    expect(Math.min(...weights)).toBeGreaterThan(0)
  })

  it('pad an image at its high ends only', () => {
    const image = { dims: [2, 1, 2] as const, affine: identityAffine, data: Float32Array.of(1, 2, 3, 4) }
    expect([...padTo(image, [3, 2, 2], -9).data]).toEqual([1, 2, -9, -9, -9, -9, 3, 4, -9, -9, -9, -9])
    expect(padTo(image, [2, 1, 2], 0)).toBe(image)
  })
})
