import { EmendError } from '../../../shared/errors'
import { affineOf, applyAffine, invertAffine, type Affine, type Vec3 } from '../../../shared/geometry/affine'
import { orientationOf } from '../../../shared/geometry/orientation'
import { reorient } from '../canonical'
import type { LabelMap } from '../volume'
import type { DicomSource, SourceSlice } from './source'
import { add, cross, flipLps, subtract, times } from './vector'

/** A source slice with the labels that lie on it, rows x columns, the column index fastest. */
export interface LabelledSlice {
  readonly slice: SourceSlice
  readonly labels: Uint8Array
}

/** A label map may miss a slice's outermost pixels by this share of a voxel, as rounding may have it. */
const SLACK = 0.6

/**
 * The labels on each slice as it was acquired, in the order of the source. Where the volume is the slices themselves
 * these are views of the label map (turned where its axes run otherwise); where slices were interpolated or a sheared
 * stack was straightened, every pixel takes the nearest voxel's label.
 * @param labels on the imported volume's grid, or that grid turned to another orientation (canonical RAS)
 * @throws EmendError where there is no source, or the labels do not cover its slices
 */
export function labelsOnSlices(source: DicomSource, labels: LabelMap): LabelledSlice[] {
  const turned = reorient(labels, orientationOf(stackAffine(source)))
  const toVoxel = invertAffine(turned.affine)
  return source.slices.map((slice) => ({ slice, labels: labelsOn(slice, source, turned, toVoxel) }))
}

/** Columns, rows and slices as axes, RAS mm. */
function stackAffine({ orientation: [x, y], pixelSpacing, slices }: DicomSource): Affine {
  const first = slices[0].position
  const last = slices[slices.length - 1].position
  const k: Vec3 = slices.length > 1 ? [last[0] - first[0], last[1] - first[1], last[2] - first[2]] : cross(x, y)
  return affineOf(flipLps(times(x, pixelSpacing[0])), flipLps(times(y, pixelSpacing[1])), flipLps(k), flipLps(first))
}

function labelsOn(
  { position }: SourceSlice,
  { rows, columns, orientation, pixelSpacing }: DicomSource,
  { dims, data }: LabelMap,
  toVoxel: Affine,
): Uint8Array {
  const pixel = (column: number, row: number): Vec3 => {
    const mm = [0, 1, 2].map(
      (axis) =>
        position[axis] + column * pixelSpacing[0] * orientation[0][axis] + row * pixelSpacing[1] * orientation[1][axis],
    )
    return applyAffine(toVoxel, flipLps([mm[0], mm[1], mm[2]]))
  }
  const start = pixel(0, 0)
  const corners = [start, pixel(columns - 1, 0), pixel(0, rows - 1), pixel(columns - 1, rows - 1)]
  const covered = corners.every((corner) => corner.every((at, axis) => at > -SLACK && at < dims[axis] - 1 + SLACK))
  if (!covered) {
    throw new EmendError(`labels of ${dims.join(' x ')} voxels do not lie on the slices of the DICOM series`)
  }
  const k = Math.round(start[2])
  const size = columns * rows
  const aligned = corners.every(
    (corner, n) =>
      Math.abs(corner[0] - (n & 1 ? columns - 1 : 0)) < 0.1 &&
      Math.abs(corner[1] - (n & 2 ? rows - 1 : 0)) < 0.1 &&
      Math.round(corner[2]) === k,
  )
  if (dims[0] === columns && dims[1] === rows && aligned) return data.subarray(k * size, (k + 1) * size)

  const sampled = new Uint8Array(size)
  const nearest = (at: number, axis: 0 | 1 | 2): number => Math.min(dims[axis] - 1, Math.max(0, Math.round(at)))
  const [right, down] = [subtract(pixel(1, 0), start), subtract(pixel(0, 1), start)]
  for (let row = 0, n = 0; row < rows; row++) {
    const [x, y, z] = add(start, times(down, row))
    for (let column = 0; column < columns; column++, n++) {
      const i = nearest(x + column * right[0], 0)
      const j = nearest(y + column * right[1], 1)
      sampled[n] = data[i + dims[0] * (j + dims[1] * nearest(z + column * right[2], 2))]
    }
  }
  return sampled
}
