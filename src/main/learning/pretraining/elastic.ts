import type { Vec3 } from '../../../shared/geometry/affine'
import type { Random } from '../../../shared/random'

export interface ElasticOptions {
  /** Voxels between the points that are moved on their own. */
  readonly grid: number
  /** Standard deviation of a point's movement along each axis, voxels; never more than twice that. */
  readonly deviation: number
}

/**
 * A random elastic movement of every voxel: the points of a coarse grid are moved on their own, what lies between them by
 * cubic B-splines (Rueckert et al. 1999), so that nothing tears. All movements along i, then along j, then along k.
 */
export function drawElastic([ni, nj, nk]: Vec3, { grid, deviation }: ElasticOptions, random: Random): Float32Array {
  const sizes = [ni, nj, nk].map((n) => Math.ceil((n - 1) / grid) + 4)
  const [ci, cj, ck] = sizes
  const voxels = ni * nj * nk
  const shift = new Float32Array(3 * voxels)
  const [wi, wj, wk] = [ni, nj, nk].map((n) => splineWeights(n, grid))
  for (const axis of [0, 1, 2]) {
    const moved = (): number => deviation * Math.min(2, Math.max(-2, random.normal()))
    const points = Float32Array.from({ length: ci * cj * ck }, moved)
    const alongI = interpolated(points, [ci, cj, ck], 0, wi, grid)
    const alongJ = interpolated(alongI, [ni, cj, ck], 1, wj, grid)
    shift.set(interpolated(alongJ, [ni, nj, ck], 2, wk, grid), axis * voxels)
  }
  return shift
}

/** The four weights of each position along an axis. */
function splineWeights(n: number, grid: number): Float32Array {
  const weights = new Float32Array(4 * n)
  for (let at = 0; at < n; at++) {
    const u = (at % grid) / grid
    weights[4 * at] = (1 - u) ** 3 / 6
    weights[4 * at + 1] = (3 * u ** 3 - 6 * u ** 2 + 4) / 6
    weights[4 * at + 2] = (-3 * u ** 3 + 3 * u ** 2 + 3 * u + 1) / 6
    weights[4 * at + 3] = u ** 3 / 6
  }
  return weights
}

/** One axis brought from points to voxels. */
function interpolated(
  values: Float32Array,
  sizes: readonly [number, number, number],
  axis: 0 | 1 | 2,
  weights: Float32Array,
  grid: number,
): Float32Array {
  const n = weights.length / 4
  const before = sizes.slice(0, axis).reduce((a, b) => a * b, 1)
  const after = sizes.slice(axis + 1).reduce((a, b) => a * b, 1)
  const result = new Float32Array(before * n * after)
  for (let c = 0; c < after; c++) {
    for (let b = 0; b < n; b++) {
      const first = Math.floor(b / grid) + sizes[axis] * c
      for (let a = 0; a < before; a++) {
        let sum = 0
        for (let m = 0; m < 4; m++) sum += weights[4 * b + m] * values[a + before * (first + m)]
        result[a + before * (b + n * c)] = sum
      }
    }
  }
  return result
}
