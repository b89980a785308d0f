import { affineOf, applyAffine, columnOf, spacingOf, type Affine, type Vec3 } from '../../shared/geometry/affine'
import { cross, dot, times } from './dicom/vector'
import { voxelCount, type Grid, type Volume, type VoxelArray } from './volume'

/** How far the third axis leans from the normal of the first two, degrees. */
export function shearOf(affine: Affine): number {
  const k = columnOf(affine, 2)
  const normal = normalOf(affine)
  return (Math.acos(Math.min(1, Math.abs(dot(k, normal)) / Math.hypot(...k))) * 180) / Math.PI
}

/**
 * A sheared stack (gantry tilt) on a grid at right angles: every slice stays in its plane and moves back within it, by
 * linear interpolation; the grid grows so that none of it is lost.
 * @param outside what voxels hold that no slice reaches
 */
export function straighten<T extends VoxelArray>(volume: Volume<T>, outside: number): Volume<T> {
  const { grid, start, perSlice } = straightGrid(volume)
  const [nx, ny, nz] = grid.dims
  const make = volume.data.constructor as new (length: number) => T
  const data = new make(voxelCount(grid.dims))
  for (let k = 0; k < nz; k++) {
    shiftSlice(
      volume,
      k,
      [start[0] - k * perSlice[0], start[1] - k * perSlice[1]],
      data.subarray(k * nx * ny, (k + 1) * nx * ny) as T,
      nx,
      outside,
    )
  }
  return { ...grid, data }
}

interface StraightGrid {
  readonly grid: Grid
  /** Where its first voxel lies in the sheared grid's first slice, voxels. */
  readonly start: readonly [number, number]
  /** How far each slice lies further along i and j than the one before it, voxels. */
  readonly perSlice: readonly [number, number]
}

function straightGrid({ dims, affine }: Grid): StraightGrid {
  const [i, j, k] = [columnOf(affine, 0), columnOf(affine, 1), columnOf(affine, 2)]
  const normal = normalOf(affine)
  const perSlice = [dot(k, i) / dot(i, i), dot(k, j) / dot(j, j)] as const
  const shifts = perSlice.map((shift) => shift * (dims[2] - 1))
  const start = [Math.floor(Math.min(0, shifts[0])), Math.floor(Math.min(0, shifts[1]))] as const
  const end = [Math.ceil(Math.max(0, shifts[0])), Math.ceil(Math.max(0, shifts[1]))]
  const origin = applyAffine(affine, [start[0], start[1], 0])
  return {
    grid: {
      dims: [dims[0] + end[0] - start[0], dims[1] + end[1] - start[1], dims[2]],
      affine: affineOf(i, j, times(normal, dot(k, normal)), origin),
    },
    start,
    perSlice,
  }
}

/** The normal of the first two axes, of length 1. */
function normalOf(affine: Affine): Vec3 {
  const [dx, dy] = spacingOf(affine)
  return times(cross(columnOf(affine, 0), columnOf(affine, 1)), 1 / (dx * dy))
}

/** Slice k, seen through a window whose first voxel lies at (i, j) = `from`. */
function shiftSlice<T extends VoxelArray>(
  { dims: [nx, ny], data }: Volume<T>,
  k: number,
  from: readonly [number, number],
  out: T,
  width: number,
  outside: number,
): void {
  const [i0, j0] = from.map(Math.floor)
  const [u, v] = [from[0] - i0, from[1] - j0]
  const whole = !(data instanceof Float32Array || data instanceof Float64Array)
  const at = (i: number, j: number): number =>
    i < 0 || j < 0 || i >= nx || j >= ny ? outside : data[i + nx * (j + ny * k)]
  for (let n = 0; n < out.length; n++) {
    const i = i0 + (n % width)
    const j = j0 + Math.floor(n / width)
    const low = at(i, j) * (1 - u) + (u > 0 ? at(i + 1, j) * u : 0)
    const high = v > 0 ? at(i, j + 1) * (1 - u) + (u > 0 ? at(i + 1, j + 1) * u : 0) : 0
    const value = low * (1 - v) + high * v
    out[n] = whole ? Math.round(value) : value
  }
}
