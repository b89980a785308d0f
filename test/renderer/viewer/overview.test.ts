import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Vec3 } from '../../../src/shared/geometry/affine'
import { centreOf, overviewOf } from '../../../src/renderer/viewer/overview'

describe('the overview of a label map', () => {
  it('picks voxels of the full map and keeps within its limit', () => {
    const dims: Vec3 = [40, 31, 17]
    const labels = new Uint8Array(40 * 31 * 17).map((_, index) => (index * 7) % 251)
    const { dims: small, step, data } = overviewOf(labels, dims, [0.8, 0.8, 3], 16)
    expect(Math.max(...small)).toBeLessThanOrEqual(24)
    data.forEach((value, index) => {
      const [i, j, k] = [
        index % small[0],
        Math.floor(index / small[0]) % small[1],
        Math.floor(index / small[0] / small[1]),
      ]
      expect(value).toBe(labels[i * step[0] + 40 * (j * step[1] + 31 * k * step[2])])
    })
  })

  it('finds a voxel within a structure, near its middle, and none for one that is not there', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 210, maxLength: 210, max: 3 }), (shape) => {
        const labels = Uint8Array.from(shape)
        const overview = overviewOf(labels, [7, 6, 5], [1, 1, 1])
        for (const value of [1, 2, 3, 4]) {
          const centre = centreOf(overview, value)
          if (centre) expect(labels[centre[0] + 7 * (centre[1] + 6 * centre[2])]).toBe(value)
          else expect(labels.includes(value)).toBe(false)
        }
      }),
    )
  })
})
