import { boxOf, boxSize, type Box } from '../../shared/voxels/box'
import { largestComponent } from '../../shared/voxels/components'
import { applyAffine, columnOf, type Vec3 } from '../../shared/geometry/affine'
import { spacing, voxelCount, type Grid, type Volume } from '../imaging/volume'
import type { BodyCrop } from './manifest'
import { byImageAxis, type Axis, type ModelAxes } from './modelAxes'

/** Over all slices the box is measured on about every fourth millimetre, and given the room between two samples. */
const MEASURE_MM = 4

/** All of the body, lungs and what lies beside it at the threshold included: what a model is cut to where its manifest says nothing else. */
export const wholeBody: BodyCrop = {
  thresholdHu: -300,
  from: 'all-slices',
  axes: [true, true, true],
  trim: [
    [0, 0],
    [0, 0],
    [0, 0],
  ],
}

/**
 * The box around the body: the largest component above the crop's threshold (HU), measured in all slices or in the
 * middle one along the model's third axis, trimmed as the manifest says, along those axes that it cuts. Where nothing
 * lies above the threshold it is the whole image.
 * @param axes how the manifest's axes run along the image's
 */
export function bodyBox(volume: Volume, crop: BodyCrop, axes: ModelAxes): Box {
  const sliceAxis = crop.from === 'middle-slice' ? axes.imageAxis[2] : null
  const found = boundsOfLargest(volume, crop.thresholdHu, axes, sliceAxis)
  const cut = byImageAxis(axes, crop.axes)
  const flipped = byImageAxis(axes, axes.flipped)
  const trim = byImageAxis(axes, crop.trim)
  const low: [number, number, number] = [0, 0, 0]
  const high: [number, number, number] = [...volume.dims]
  for (const axis of [0, 1, 2] as const) {
    if (!found || !cut[axis]) continue
    const [below, above] = flipped[axis] ? [trim[axis][1], trim[axis][0]] : trim[axis]
    const size = found.high[axis] - found.low[axis]
    low[axis] = Math.min(found.high[axis] - 1, found.low[axis] + Math.round(below * size))
    high[axis] = Math.max(low[axis] + 1, found.high[axis] - Math.round(above * size))
  }
  return { low, high }
}

/** The part of a grid inside a box. */
export function gridOfBox({ affine }: Grid, box: Box): Grid {
  const [x, y, z] = applyAffine(affine, box.low)
  const row = (r: Axis, origin: number): [number, number, number, number] => [
    columnOf(affine, 0)[r],
    columnOf(affine, 1)[r],
    columnOf(affine, 2)[r],
    origin,
  ]
  return {
    dims: boxSize(box),
    affine: [row(0, x), row(1, y), row(2, z)],
  }
}

/**
 * Voxels are sampled from the model's end of each axis, so that an image and its mirrored storage give the same box.
 * @param sliceAxis the image's axis whose middle slice alone is looked at; null: all slices
 */
function boundsOfLargest(volume: Volume, threshold: number, axes: ModelAxes, sliceAxis: Axis | null): Box | null {
  const mm = spacing(volume)
  const flipped = byImageAxis(axes, axes.flipped)
  const stride = mm.map((size) => (sliceAxis === null ? Math.max(1, Math.round(MEASURE_MM / size)) : 1))
  const first = volume.dims.map((n, axis) => {
    if (axis === sliceAxis) return flipped[axis] ? n - 1 - (n >> 1) : n >> 1
    return flipped[axis] ? (n - 1) % stride[axis] : 0
  })
  const count = (axis: Axis): number =>
    axis === sliceAxis ? 1 : Math.floor((volume.dims[axis] - 1 - first[axis]) / stride[axis]) + 1
  const dims: Vec3 = [count(0), count(1), count(2)]
  const mask = new Uint8Array(voxelCount(dims))
  const [nx, ny] = volume.dims
  for (let k = 0, out = 0; k < dims[2]; k++) {
    for (let j = 0; j < dims[1]; j++) {
      const row = nx * (first[1] + j * stride[1] + ny * (first[2] + k * stride[2])) + first[0]
      for (let i = 0; i < dims[0]; i++, out++) mask[out] = volume.data[row + i * stride[0]] > threshold ? 1 : 0
    }
  }
  const bounds = boxOf(largestComponent(mask, dims), dims)
  if (!bounds) return null
  const low = (axis: Axis): number => Math.max(0, first[axis] + (bounds.low[axis] - 1) * stride[axis] + 1)
  const high = (axis: Axis): number => Math.min(volume.dims[axis], first[axis] + bounds.high[axis] * stride[axis])
  return { low: [low(0), low(1), low(2)], high: [high(0), high(1), high(2)] }
}
