import type { Vec3 } from '../../../../src/shared/geometry/affine'
import { affineOf } from '../../../../src/shared/geometry/affine'
import { seededRandom } from '../../../../src/shared/random'
import type { LabelMap } from '../../../../src/main/imaging/volume'

/**
 * A label map of 14 ellipsoids with rough edges, and another like it where each was moved and resized a little:
 * a reference and a prediction. The same for the same seed.
 */
export function blobPair(seed: number, dims: Vec3 = [64, 56, 40], spacing: Vec3 = [1.5, 0.8, 2.5]) {
  const random = seededRandom(seed)
  const affine = affineOf([spacing[0], 0, 0], [0, spacing[1], 0], [0, 0, spacing[2]], [-40, 12, 300])
  const make = (): LabelMap => ({ dims, affine, data: new Uint8Array(dims[0] * dims[1] * dims[2]) })
  const reference = make()
  const prediction = make()
  for (let id = 1; id <= 14; id++) {
    const centre = dims.map((n) => random.between(0.2, 0.8) * n)
    const radius = dims.map((n) => random.between(0.06, 0.22) * n)
    paint(reference, id, centre, radius, random.next)
    const moved = centre.map((c) => c + random.normal() * 1.2)
    paint(
      prediction,
      id,
      moved,
      radius.map((r) => r * random.between(0.85, 1.2)),
      random.next,
    )
  }
  return { reference, prediction }
}

function paint(map: LabelMap, id: number, centre: number[], radius: number[], next: () => number): void {
  const [nx, ny, nz] = map.dims
  for (let k = 0; k < nz; k++)
    for (let j = 0; j < ny; j++)
      for (let i = 0; i < nx; i++) {
        const d = [i, j, k].reduce((sum, v, axis) => sum + ((v - centre[axis]) / radius[axis]) ** 2, 0)
        if (d < 1 + 0.25 * (next() - 0.5)) map.data[i + nx * (j + ny * k)] = id
      }
}
