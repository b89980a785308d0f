import { affineOf, applyAffine, columnOf, type Vec3 } from '../../shared/geometry/affine'
import { axisMapOf, axisMapOfCodes, type Orientation } from '../../shared/geometry/orientation'
import type { Grid, LabelMap, Volume, VoxelArray } from './volume'
import { wholeVoxels } from './wholeVoxels'

/** The way back from a canonical volume: the grid that the image was read on. Plain data, kept beside the case. */
export type CanonicalMap = Grid

export interface Canonical {
  /** RAS, in whole numbers: HU of a CT. */
  readonly volume: Volume<Int16Array>
  readonly map: CanonicalMap
  /** A label map on the canonical grid, back on the grid that the image was read on. */
  readonly restore: (labels: LabelMap) => LabelMap
  readonly warnings: readonly string[]
}

/**
 * An image turned to RAS by permuting and flipping axes (never resampled), as whole numbers in 16 bits (`wholeVoxels`). Where
 * nothing has to change, the voxels are shared with `volume`, not copied.
 * @param modality as DICOM has it: a CT's values are HU, all others mean nothing by themselves
 */
export function toCanonical(volume: Volume, modality: string): Canonical {
  const { data, warnings } = wholeVoxels(volume.data, modality === 'CT')
  const map: CanonicalMap = { dims: volume.dims, affine: volume.affine }
  return {
    volume: reorient({ dims: volume.dims, affine: volume.affine, data }, 'RAS'),
    map,
    restore: (labels) => restoreLabels(labels, map),
    warnings,
  }
}

/**
 * A label map on the canonical grid of `map`, back on the original grid, affine included to the last bit.
 * @throws RangeError where the label map does not have the canonical grid's dimensions.
 */
export function restoreLabels(labels: LabelMap, map: CanonicalMap): LabelMap {
  const there = axesTo(map, 'RAS')
  const expected = there.from.map((axis) => map.dims[axis])
  if (expected.some((n, axis) => n !== labels.dims[axis])) {
    throw new RangeError(`labels of ${labels.dims.join(' x ')} voxels do not lie on a grid of ${expected.join(' x ')}`)
  }
  return { ...changeAxes(labels, inverseOf(there)), affine: map.affine }
}

/**
 * The same image with its axes permuted and flipped so that they run along `codes` ('RAS', 'LAI'); voxels are moved,
 * never interpolated, and every voxel keeps its place in the patient. The inverse is `reorient` to the former codes.
 * @throws RangeError where `codes` are no orientation.
 */
export function reorient<T extends VoxelArray>(volume: Volume<T>, codes: Orientation): Volume<T> {
  return changeAxes(volume, axesTo(volume, codes))
}

/** New axis n is old axis `from[n]`, running backwards where `flipped[n]`. */
interface AxisChange {
  readonly from: readonly [number, number, number]
  readonly flipped: readonly [boolean, boolean, boolean]
}

type Axis = 0 | 1 | 2

function axesTo(grid: Grid, codes: Orientation): AxisChange {
  const now = axisMapOf(grid.affine)
  const wanted = axisMapOfCodes(codes)
  const from = wanted.world.map((world) => now.world.indexOf(world))
  const flipped = from.map((old, axis) => now.flipped[old] !== wanted.flipped[axis])
  return { from: [from[0], from[1], from[2]], flipped: [flipped[0], flipped[1], flipped[2]] }
}

function inverseOf({ from, flipped }: AxisChange): AxisChange {
  const back = [0, 1, 2].map((old) => from.indexOf(old))
  return { from: [back[0], back[1], back[2]], flipped: [flipped[back[0]], flipped[back[1]], flipped[back[2]]] }
}

function changeAxes<T extends VoxelArray>(volume: Volume<T>, { from, flipped }: AxisChange): Volume<T> {
  if (from.every((old, axis) => old === axis) && !flipped.includes(true)) return volume
  const { dims, affine, data } = volume
  const strides = [1, dims[0], dims[0] * dims[1]]
  const last = (axis: number): number => (flipped[axis] ? dims[from[axis]] - 1 : 0)
  const origin: [number, number, number] = [0, 0, 0]
  for (const axis of [0, 1, 2]) origin[from[axis]] = last(axis)
  const step = (axis: number): Vec3 => {
    const [x, y, z] = columnOf(affine, from[axis] as Axis)
    return flipped[axis] ? [-x, -y, -z] : [x, y, z]
  }
  const newDims: Vec3 = [dims[from[0]], dims[from[1]], dims[from[2]]]
  const moved = emptyLike(data)
  moveVoxels(
    asBits(data),
    asBits(moved),
    newDims,
    [0, 1, 2].map((axis) => strides[from[axis]] * (flipped[axis] ? -1 : 1)),
    [0, 1, 2].reduce((start, axis) => start + strides[from[axis]] * last(axis), 0),
  )
  return { dims: newDims, affine: affineOf(step(0), step(1), step(2), applyAffine(affine, origin)), data: moved }
}

function emptyLike<T extends VoxelArray>(data: T): T {
  const make = data.constructor as new (length: number) => T
  return new make(data.length)
}

type Bits = Uint8Array | Uint16Array | Uint32Array | BigUint64Array

/** Voxels as bits of their width: moving them needs no knowledge of their type, and four loops stay fast. */
function asBits({ buffer, byteOffset, length, BYTES_PER_ELEMENT }: VoxelArray): Bits {
  if (BYTES_PER_ELEMENT === 1) return new Uint8Array(buffer, byteOffset, length)
  if (BYTES_PER_ELEMENT === 2) return new Uint16Array(buffer, byteOffset, length)
  if (BYTES_PER_ELEMENT === 4) return new Uint32Array(buffer, byteOffset, length)
  return new BigUint64Array(buffer, byteOffset, length)
}

function moveVoxels(source: Bits, target: Bits, [nx, ny, nz]: Vec3, [di, dj, dk]: number[], start: number): void {
  let out = 0
  for (let k = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      let at = start + k * dk + j * dj
      for (let i = 0; i < nx; i++, at += di) target[out++] = source[at]
    }
  }
}
