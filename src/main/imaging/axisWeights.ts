import { columnOf, composeAffines, invertAffine, type Vec3 } from '../../shared/geometry/affine'
import type { Grid } from './volume'

/** How positions along one axis of a target grid read from the same axis of a source grid: s = scale * t + offset. */
export interface AxisAlignment {
  readonly scale: number
  readonly offset: number
}

/**
 * Aligns two grids whose voxel axes run the same ways, so that resampling separates into its three axes.
 * @throws RangeError where they do not: reorient first.
 */
export function alignAxes(source: Grid, target: Grid): readonly [AxisAlignment, AxisAlignment, AxisAlignment] {
  const map = composeAffines(invertAffine(source.affine), target.affine)
  const offset = columnOf(map, 3)
  const alignment = (axis: 0 | 1 | 2): AxisAlignment => {
    // A twist is only harmful once it moves a voxel noticeably: a hundredth of a source voxel across the whole grid.
    const drift = ([0, 1, 2] as const).some((o) => o !== axis && Math.abs(map[axis][o]) * target.dims[o] > 0.01)
    if (drift || map[axis][axis] <= 0) throw new RangeError('the two grids do not run along the same axes')
    return { scale: map[axis][axis], offset: offset[axis] }
  }
  return [alignment(0), alignment(1), alignment(2)]
}

/**
 * The grid over the same extent with `dims` voxels: the outer edges of both grids coincide, as in nnU-Net's resampling
 * and in PyTorch's interpolate with align_corners=False. The spacing follows from the dims.
 */
export function gridWithDims(grid: Grid, dims: Vec3): Grid {
  const scale = dims.map((n, axis) => grid.dims[axis] / n)
  const row = (r: 0 | 1 | 2): [number, number, number, number] => {
    const [x, y, z, t] = grid.affine[r]
    const shift = [x, y, z].reduce((sum, step, axis) => sum + (step * (scale[axis] - 1)) / 2, 0)
    return [x * scale[0], y * scale[1], z * scale[2], t + shift]
  }
  return { dims, affine: [row(0), row(1), row(2)] }
}

/** The grid over the same extent whose voxels are nearest to `mm` along each axis, at least one voxel each. */
export function gridWithSpacing(grid: Grid, mm: Vec3): Grid {
  const size = (axis: 0 | 1 | 2): number => {
    const extent = grid.dims[axis] * Math.hypot(...columnOf(grid.affine, axis))
    return Math.max(1, Math.round(extent / mm[axis]))
  }
  return gridWithDims(grid, [size(0), size(1), size(2)])
}

/** For target position t: sum over n of weights[t * taps + n] * source[indices[t * taps + n]]; weights sum to 1. */
export interface AxisWeights {
  readonly taps: number
  readonly indices: Int32Array
  readonly weights: Float32Array
}

/**
 * Linear interpolation along one axis; beyond the outermost voxel centres the edge voxel holds (replication).
 * With `antialias`, where the target is coarser, the triangle widens to the target's spacing, as in PIL and in
 * PyTorch's antialias=True: every source voxel then counts, and noise falls as in a thicker slice.
 */
export function linearWeights(
  from: number,
  to: number,
  { scale, offset }: AxisAlignment,
  antialias = false,
): AxisWeights {
  return antialias && scale > 1 ? triangleWeights(from, to, scale, offset) : twoTapWeights(from, to, scale, offset)
}

function twoTapWeights(from: number, to: number, scale: number, offset: number): AxisWeights {
  const indices = new Int32Array(2 * to)
  const weights = new Float32Array(2 * to)
  for (let t = 0; t < to; t++) {
    const s = Math.min(from - 1, Math.max(0, scale * t + offset))
    const low = Math.floor(s)
    indices[2 * t] = low
    indices[2 * t + 1] = Math.min(low + 1, from - 1)
    weights[2 * t + 1] = s - low
    weights[2 * t] = 1 - weights[2 * t + 1]
  }
  return { taps: 2, indices, weights }
}

function triangleWeights(from: number, to: number, scale: number, offset: number): AxisWeights {
  const taps = 2 * Math.ceil(scale) + 1
  const indices = new Int32Array(taps * to)
  const weights = new Float32Array(taps * to)
  for (let t = 0; t < to; t++) {
    const centre = scale * t + offset
    const first = Math.ceil(centre - scale)
    let sum = 0
    for (let n = 0; n < taps; n++) {
      const s = first + n
      const inside = s >= 0 && s < from
      const weight = inside ? Math.max(0, 1 - Math.abs(s - centre) / scale) : 0
      indices[t * taps + n] = Math.min(from - 1, Math.max(0, s))
      weights[t * taps + n] = weight
      sum += weight
    }
    if (sum > 0) for (let n = 0; n < taps; n++) weights[t * taps + n] /= sum
    else weights[t * taps] = 1
  }
  return { taps, indices, weights }
}

/** For each target position the nearest source index, or -1 beyond the source's outer edge. */
export function nearestIndices(from: number, to: number, { scale, offset }: AxisAlignment): Int32Array {
  return Int32Array.from({ length: to }, (_, t) => {
    const s = scale * t + offset
    // Rounding in the affines must not push an edge that coincides to the outside.
    const index = Math.floor(s + 0.5 + 1e-6)
    if (s < -0.5 - 1e-4 || s > from - 0.5 + 1e-4) return -1
    return Math.min(from - 1, Math.max(0, index))
  })
}
