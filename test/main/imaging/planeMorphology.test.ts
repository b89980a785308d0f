import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dilated, eroded, withoutHoles } from '../../../src/main/imaging/planeMorphology'
import type { Vec3 } from '../../../src/shared/geometry/affine'

const sides = fc.tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 3 }))
const masks = sides.chain(([nx, ny, nz]) =>
  fc.tuple(
    fc.constant<Vec3>([nx, ny, nz]),
    fc
      .array(fc.constantFrom(0, 1), { minLength: nx * ny * nz, maxLength: nx * ny * nz })
      .map((m) => Uint8Array.from(m)),
  ),
)

/** The values of a voxel and of those that share an edge with it within its slice. */
function about(mask: Uint8Array, [nx, ny]: Vec3, n: number): number[] {
  const [i, j] = [n % nx, Math.floor(n / nx) % ny]
  const near = [n, i > 0 ? n - 1 : n, i < nx - 1 ? n + 1 : n, j > 0 ? n - nx : n, j < ny - 1 ? n + nx : n]
  return near.map((at) => mask[at])
}

describe('planeMorphology', () => {
  it('erodes to voxels without a neighbour outside, and dilates to voxels with a neighbour inside', () => {
    fc.assert(
      fc.property(masks, ([dims, mask]) => {
        expect(eroded(mask, dims)).toEqual(mask.map((_, n) => Math.min(...about(mask, dims, n))))
        expect(dilated(mask, dims)).toEqual(mask.map((_, n) => Math.max(...about(mask, dims, n))))
      }),
    )
  })

  it('fills what is closed within a slice, and nothing that is open at its border', () => {
    // prettier-ignore
    const ring = Uint8Array.of(
      0, 0, 0, 0, 0,
      0, 1, 1, 1, 0,
      0, 1, 0, 1, 0,
      0, 1, 1, 1, 0,
    )
    const open = ring.map((voxel, n) => (n === 17 ? 0 : voxel))
    expect([...withoutHoles(ring, [5, 4, 1])]).toEqual([...ring].map((voxel, n) => (n === 12 ? 1 : voxel)))
    expect(withoutHoles(open, [5, 4, 1])).toEqual(open)
  })
})
