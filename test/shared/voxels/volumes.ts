import fc from 'fast-check'
import type { Vec3 } from '../../../src/shared/geometry/affine'

export interface SmallVolume {
  readonly dims: Vec3
  readonly voxels: Uint8Array
}

/** Volumes of up to 7x7x7 voxels with values 0 .. `most`, from nearly empty to full. */
export function smallVolumes(most = 1): fc.Arbitrary<SmallVolume> {
  const size = fc.integer({ min: 1, max: 7 })
  return fc.tuple(size, size, size, fc.double({ min: 0, max: 1, noNaN: true })).chain(([nx, ny, nz, density]) =>
    fc
      .array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 1, max: most })), {
        minLength: nx * ny * nz,
        maxLength: nx * ny * nz,
      })
      .map((draws) => ({
        dims: [nx, ny, nz] as const,
        voxels: Uint8Array.from(draws, ([chance, value]) => (chance < density ? value : 0)),
      })),
  )
}
