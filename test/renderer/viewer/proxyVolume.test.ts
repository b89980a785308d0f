import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readNifti } from '../../../src/main/imaging/nifti'
import { proxyNifti } from '../../../src/renderer/viewer/proxyVolume'
import { affineOf, applyAffine } from '../../../src/shared/geometry/affine'
import type { Vec3 } from '../../../src/shared/geometry/affine'

const dimensions = fc.tuple(
  fc.integer({ min: 1, max: 21 }),
  fc.integer({ min: 1, max: 21 }),
  fc.integer({ min: 1, max: 21 }),
)

describe('the proxy volume', () => {
  it('covers the same millimetres as the image: its outer corners are the same, whatever the size', async () => {
    await fc.assert(
      fc.asyncProperty(dimensions, fc.integer({ min: 1, max: 8 }), async (dims, factor) => {
        const affine = affineOf([0.7, 0.1, 0], [-0.1, 0.7, 0.05], [0, -0.1, 2.5], [-100, 20, 300])
        const file = proxyNifti(new Int16Array(dims[0] * dims[1] * dims[2]), dims, affine, factor)
        const { volume } = await readNifti(new Uint8Array(file))
        const corners: Vec3[] = [
          [-0.5, -0.5, -0.5],
          [1, 0, 0],
          [0, 1, 0],
          [0, 0, 1],
        ]
        for (const corner of corners) {
          const of = (n: Vec3): Vec3 => [corner[0] * n[0] - 0.5, corner[1] * n[1] - 0.5, corner[2] * n[2] - 0.5]
          const full = applyAffine(affine, of(dims))
          const small = applyAffine(volume.affine, of(volume.dims))
          full.forEach((mm, axis) => expect(small[axis]).toBeCloseTo(mm, 3))
        }
      }),
      { numRuns: 40 },
    )
  })

  it('holds the voxels nearest to its own centres', async () => {
    const voxels = new Int16Array(8 * 8 * 8).map((_, index) => index)
    const file = proxyNifti(voxels, [8, 8, 8], affineOf([1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0]), 4)
    const { volume } = await readNifti(new Uint8Array(file))
    expect(volume.dims).toEqual([2, 2, 2])
    expect([...volume.data]).toEqual(
      [2, 6].flatMap((k) => [2, 6].flatMap((j) => [2, 6].map((i) => i + 8 * (j + 8 * k)))),
    )
  })
})
