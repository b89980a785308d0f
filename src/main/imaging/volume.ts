import { spacingOf, type Affine, type Vec3 } from '../../shared/geometry/affine'
import { orientationOf, type Orientation } from '../../shared/geometry/orientation'

export type VoxelArray =
  Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | Float32Array | Float64Array

/**
 * A scalar image on a regular grid. `data[i + nx * (j + ny * k)]` is voxel (i, j, k): i runs fastest.
 * CT values are HU (rescale already applied). `affine` takes voxel indices to RAS mm.
 */
export interface Volume<T extends VoxelArray = VoxelArray> {
  readonly dims: Vec3
  readonly affine: Affine
  readonly data: T
}

/** Label ids, one byte a voxel: 0 background, 255 not annotated. */
export type LabelMap = Volume<Uint8Array>

/** A grid without its voxels. */
export type Grid = Pick<Volume, 'dims' | 'affine'>

export function voxelCount(dims: Vec3): number {
  return dims[0] * dims[1] * dims[2]
}

export function spacing(grid: Grid): Vec3 {
  return spacingOf(grid.affine)
}

export function orientation(grid: Grid): Orientation {
  return orientationOf(grid.affine)
}

/** The volume of one voxel, mm3. */
export function voxelVolume(grid: Grid): number {
  const [x, y, z] = spacing(grid)
  return x * y * z
}
