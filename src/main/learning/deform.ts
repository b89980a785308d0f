import type { Vec3 } from '../../shared/geometry/affine'
import type { Random } from '../../shared/random'

/**
 * A smooth random bend of a patch (elastic deformation; Simard et al. 2003): displacements drawn on a grid of points every
 * `spacingMm`, normally distributed with `deviationMm`, and interpolated between them by cubic B-splines.
 * @returns [3, voxels]: how far each voxel reads beside its place along i, j, k, in voxels
 */
export function drawBend(
  patch: Vec3,
  voxelMm: Vec3,
  { spacingMm, deviationMm }: { readonly spacingMm: number; readonly deviationMm: number },
  random: Random,
): Float32Array {
  const axes = patch.map((n, axis) => splineAxis(n, voxelMm[axis] / spacingMm))
  const points = axes.map((axis) => axis.points)
  const voxels = patch[0] * patch[1] * patch[2]
  const bend = new Float32Array(3 * voxels)
  for (const axis of [0, 1, 2] as const) {
    const deviation = deviationMm / voxelMm[axis]
    const grid = Float32Array.from({ length: points[0] * points[1] * points[2] }, () => deviation * random.normal())
    bend.set(interpolated(grid, axes), axis * voxels)
  }
  return bend
}

interface SplineAxis {
  readonly size: number
  readonly points: number
  /** For each voxel the first of four points. */
  readonly first: Int32Array
  /** Four weights a voxel. */
  readonly weights: Float32Array
}

function splineAxis(size: number, perVoxel: number): SplineAxis {
  const first = new Int32Array(size)
  const weights = new Float32Array(4 * size)
  for (let n = 0; n < size; n++) {
    const at = n * perVoxel
    first[n] = Math.floor(at)
    const t = at - first[n]
    weights[4 * n] = (1 - t) ** 3 / 6
    weights[4 * n + 1] = (3 * t ** 3 - 6 * t ** 2 + 4) / 6
    weights[4 * n + 2] = (-3 * t ** 3 + 3 * t ** 2 + 3 * t + 1) / 6
    weights[4 * n + 3] = t ** 3 / 6
  }
  return { size, points: first[size - 1] + 4, first, weights }
}

/** The spline through a grid of points, one axis after the other. */
function interpolated(grid: Float32Array, [x, y, z]: readonly SplineAxis[]): Float32Array {
  const alongX = alongAxis(grid, 1, x, y.points * z.points)
  const alongY = alongAxis(alongX, x.size, y, z.points)
  return alongAxis(alongY, x.size * y.size, z, 1)
}

/** @param inner how many values lie between two neighbours along the axis; `outer` how many such blocks there are */
function alongAxis(source: Float32Array, inner: number, axis: SplineAxis, outer: number): Float32Array {
  const out = new Float32Array(inner * axis.size * outer)
  for (let block = 0; block < outer; block++) {
    for (let n = 0; n < axis.size; n++) {
      const to = inner * (n + axis.size * block)
      const from = inner * (axis.first[n] + axis.points * block)
      for (let tap = 0; tap < 4; tap++) {
        const weight = axis.weights[4 * n + tap]
        for (let i = 0; i < inner; i++) out[to + i] += weight * source[from + tap * inner + i]
      }
    }
  }
  return out
}
