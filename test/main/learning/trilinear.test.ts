import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { trilinear } from '../../../src/main/learning/trilinear'

const dims = [4, 3, 5] as const
const place = fc.tuple(...dims.map((n) => fc.double({ min: 0, max: n - 1, noNaN: true })))

describe('trilinear', () => {
  it('is exact for what is linear along each axis, up to the last voxel', () => {
    const value = (x: number, y: number, z: number): number => 2 * x - 3 * y + 5 * z + x * y - y * z + 0.5 * x * y * z
    const [ni, nj] = dims
    const source = Float32Array.from({ length: 60 }, (_, n) =>
      value(n % ni, Math.floor(n / ni) % nj, Math.floor(n / (ni * nj))),
    )
    fc.assert(
      fc.property(place, ([x, y, z]) => {
        expect(trilinear(source, dims, x, y, z)).toBeCloseTo(value(x, y, z), 4)
      }),
    )
  })
})
