import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Vec3 } from '../../../src/shared/geometry/affine'
import { boxOf, unionOf } from '../../../src/shared/voxels/box'
import { OverlapCount } from '../../../src/shared/voxels/overlap'

const dims: Vec3 = [7, 5, 4]
const labels = fc.uint8Array({ minLength: 140, maxLength: 140, max: 3 })

describe('the overlap of two label maps', () => {
  it('is the same in whatever pieces it is counted, and what counting voxel by voxel gives', () => {
    fc.assert(
      fc.property(labels, labels, fc.integer({ min: 1, max: 60 }), (a, b, portion) => {
        const count = new OverlapCount(a, b, dims)
        while (!count.done) count.advance(portion)
        for (const value of [1, 2, 3]) {
          const inA = a.filter((v) => v === value).length
          const inB = b.filter((v) => v === value).length
          const both = a.filter((v, n) => v === value && b[n] === value).length
          const box = unionOf(boxOf(a, dims, value), boxOf(b, dims, value))
          const dsc = inA + inB > 0 ? (2 * both) / (inA + inB) : null
          expect(count.of(value)).toEqual({ inA, inB, both, dsc, box })
        }
      }),
    )
  })

  it('is refused of maps that are not on one grid', () => {
    expect(() => new OverlapCount(new Uint8Array(140), new Uint8Array(139), dims)).toThrow(RangeError)
  })
})
