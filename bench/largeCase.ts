import { gridWithDims } from '../src/main/imaging/axisWeights'
import { resampleNearest } from '../src/main/imaging/resample'
import type { LabelMap } from '../src/main/imaging/volume'
import { makePhantom } from '../src/main/phantom/phantom'
import type { Vec3 } from '../src/shared/geometry/affine'
import { seededRandom } from '../src/shared/random'

export const DIMS: Vec3 = [512, 512, 300]
export const SPACING: Vec3 = [0.75, 0.75, 1]
export const LIVER = 1

/** A phantom's fourteen structures on 512 x 512 x 300 voxels. */
export function largeLabels(): LabelMap {
  const { labels } = makePhantom({ seed: 3, spacing: [3, 3, 4], dims: [128, 128, 75] })
  return resampleNearest(labels, gridWithDims(labels, DIMS))
}

/** HU by label, with a CT's noise; `seed` makes another image of the same patient. */
export function noisyCt(labels: Uint8Array, seed = 5): Int16Array {
  const random = seededRandom(seed)
  const noise = Float32Array.from({ length: 1 << 20 }, () => 15 * random.normal())
  return Int16Array.from(labels, (id, n) => (id === 0 ? -80 : 60 + 10 * id) + noise[(n * 7919) & (noise.length - 1)])
}
