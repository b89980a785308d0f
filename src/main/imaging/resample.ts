import { alignAxes, linearWeights, nearestIndices, type AxisWeights } from './axisWeights'
import { voxelCount, type Grid, type LabelMap, type Volume, type VoxelArray } from './volume'

/**
 * Trilinear interpolation of `volume` on `grid`, whose axes must run the same ways (alignAxes). Beyond the outermost
 * voxel centres the edge holds. Equals PyTorch's trilinear interpolate (align_corners=False) on a grid of gridWithDims.
 *
 * It goes slice by slice: each source slice that an output slice needs is resampled in its plane once, along the axis
 * that shrinks it more first, and a few such planes are kept; so nothing larger than the result is ever held.
 *
 * By default a coarser grid samples the source, as nnU-Net's linear resampling does; `antialias` averages it instead.
 */
export function resampleLinear(
  volume: Volume,
  grid: Grid,
  options: { readonly antialias?: boolean } = {},
): Volume<Float32Array> {
  const [x, y, z] = alignAxes(volume, grid).map((alignment, axis) =>
    linearWeights(volume.dims[axis], grid.dims[axis], alignment, options.antialias),
  )
  const plane = planeResampler(volume, grid, x, y)
  const size = grid.dims[0] * grid.dims[1]
  const data = new Float32Array(voxelCount(grid.dims))
  const kept = new Map<number, Float32Array>()
  const spare: Float32Array[] = []
  for (let k = 0; k < grid.dims[2]; k++) {
    const target = data.subarray(k * size, (k + 1) * size)
    const needed = z.indices.subarray(k * z.taps, (k + 1) * z.taps)
    for (const [slice, values] of kept) {
      if (slice < needed[0]) {
        kept.delete(slice)
        spare.push(values)
      }
    }
    for (let n = 0; n < z.taps; n++) {
      const weight = z.weights[k * z.taps + n]
      if (weight === 0) continue
      let values = kept.get(needed[n])
      if (!values) {
        values = spare.pop() ?? new Float32Array(size)
        plane(needed[n], values)
        kept.set(needed[n], values)
      }
      addWeighted(target, values, weight)
    }
  }
  return { dims: grid.dims, affine: grid.affine, data }
}

function addWeighted(target: Float32Array, values: Float32Array, weight: number): void {
  for (let n = 0; n < target.length; n++) target[n] += weight * values[n]
}

/** A function that resamples slice k of `volume` in its plane into `out`. */
function planeResampler(
  { data, dims }: Volume,
  grid: Grid,
  x: AxisWeights,
  y: AxisWeights,
): (k: number, out: Float32Array) => void {
  const [nx, ny] = dims
  const [mx, my] = grid.dims
  const slice = new Float32Array(nx * ny)
  const rowsFirst = my / ny < mx / nx
  const between = new Float32Array(rowsFirst ? nx * my : mx * ny)
  return (k, out) => {
    copySlice(data, k * nx * ny, slice)
    if (rowsFirst) {
      alongRows(slice, between, nx, my, y)
      alongColumns(between, out, nx, mx, my, x)
    } else {
      alongColumns(slice, between, nx, mx, ny, x)
      alongRows(between, out, mx, my, y)
    }
  }
}

/** Into Float32 whatever the type: TypedArray.set converts natively, so the loops below only ever see one type. */
function copySlice(data: VoxelArray, start: number, slice: Float32Array): void {
  slice.set(data.subarray(start, start + slice.length))
}

/** Resamples the fast axis of `rows` rows, from `nx` to `mx` columns. */
function alongColumns(
  source: Float32Array,
  target: Float32Array,
  nx: number,
  mx: number,
  rows: number,
  { taps, indices, weights }: AxisWeights,
): void {
  for (let row = 0; row < rows; row++) {
    const from = row * nx
    const to = row * mx
    if (taps === 2) {
      for (let i = 0; i < mx; i++) {
        const low = source[from + indices[2 * i]]
        target[to + i] = low + weights[2 * i + 1] * (source[from + indices[2 * i + 1]] - low)
      }
    } else {
      for (let i = 0, n = 0; i < mx; i++) {
        let sum = 0
        for (let end = n + taps; n < end; n++) sum += weights[n] * source[from + indices[n]]
        target[to + i] = sum
      }
    }
  }
}

/** Resamples the slow axis to `my` rows of `width` columns. */
function alongRows(
  source: Float32Array,
  target: Float32Array,
  width: number,
  my: number,
  { taps, indices, weights }: AxisWeights,
): void {
  for (let j = 0; j < my; j++) {
    const to = j * width
    const first = indices[j * taps] * width
    const firstWeight = weights[j * taps]
    for (let i = 0; i < width; i++) target[to + i] = firstWeight * source[first + i]
    for (let n = j * taps + 1; n < (j + 1) * taps; n++) {
      const weight = weights[n]
      if (weight === 0) continue
      const from = indices[n] * width
      for (let i = 0; i < width; i++) target[to + i] += weight * source[from + i]
    }
  }
}

/** The label of the nearest voxel; 0 beyond the label map's outer edge. @throws RangeError where axes differ. */
export function resampleNearest(labels: LabelMap, grid: Grid): LabelMap {
  const [x, y, z] = alignAxes(labels, grid).map((alignment, axis) =>
    nearestIndices(labels.dims[axis], grid.dims[axis], alignment),
  )
  const [nx, ny] = labels.dims
  const data = new Uint8Array(voxelCount(grid.dims))
  let out = 0
  for (const k of z) {
    for (const j of y) {
      const row = nx * (j + ny * k)
      if (k < 0 || j < 0) out += x.length
      else for (let i = 0; i < x.length; i++, out++) data[out] = x[i] < 0 ? 0 : labels.data[row + x[i]]
    }
  }
  return { dims: grid.dims, affine: grid.affine, data }
}
