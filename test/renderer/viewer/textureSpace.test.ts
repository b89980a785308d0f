import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { textureToTexture, type Grid } from '../../../src/renderer/viewer/textureSpace'
import { applyAffine, type Vec3 } from '../../../src/shared/geometry/affine'

const own: Grid = { dims: [40, 30, 20], affine: [[1, 0, 0, -20], [0, 1, 0, 5], [0, 0, 3, 40]] } // prettier-ignore
const other: Grid = { dims: [16, 64, 10], affine: [[2, 0.1, 0, -24], [-0.1, 0.5, 0.3, 1], [0, -0.2, 5, 33]] } // prettier-ignore

describe('the way from one texture to another', () => {
  it('leads to the same millimetres', () => {
    const matrix = textureToTexture(own, other)
    const part = fc.double({ min: 0, max: 1, noNaN: true })
    const toMm = ({ dims, affine }: Grid, at: Vec3): Vec3 =>
      applyAffine(affine, [at[0] * dims[0] - 0.5, at[1] * dims[1] - 0.5, at[2] * dims[2] - 0.5])
    fc.assert(
      fc.property(part, part, part, (x, y, z) => {
        const row = (r: number): number => matrix[r] * x + matrix[4 + r] * y + matrix[8 + r] * z + matrix[12 + r]
        const there = toMm(other, [row(0), row(1), row(2)])
        toMm(own, [x, y, z]).forEach((mm, axis) => expect(there[axis]).toBeCloseTo(mm, 3))
      }),
    )
  })
})
