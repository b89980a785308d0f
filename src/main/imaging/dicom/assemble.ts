import { EmendError } from '../../../shared/errors'
import { affineOf, type Affine } from '../../../shared/geometry/affine'
import type { Volume } from '../volume'
import type { Instance } from './instance'
import { PixelReader, type StoredPixels } from './pixels'
import type { StackGeometry } from './stackGeometry'
import { flipLps, times } from './vector'

/** Padding brighter than any bone is outside the field of view, so it becomes air; darker padding is air already. */
const BRIGHT_PADDING = 3071
const AIR = -1024

/** Voxel (column, row, slice) to RAS mm. */
export function affineOfStack({ slices, origin, step }: StackGeometry): Affine {
  const { orientation, pixelSpacing } = slices[0].frame
  return affineOf(
    flipLps(times(orientation[0], pixelSpacing[0])),
    flipLps(times(orientation[1], pixelSpacing[1])),
    flipLps(step),
    flipLps(origin),
  )
}

/**
 * Reads, decodes and rescales a stack's pixels into one volume, file by file, so that besides the volume only one
 * file is held. Int16 while all values are whole and fit, else Float32.
 * @param onSlice called after each slice, so that the caller can report, or throw to stop
 * @throws EmendError where a file is damaged or has gone
 */
export async function assemble(geometry: StackGeometry, onSlice: () => void): Promise<Volume> {
  const { slices, count, places, uneven } = geometry
  const { rows, columns } = slices[0].instance.pixels
  const size = rows * columns
  const voxels = new VoxelBuffer(size * slices.length)
  let file: { instance: Instance; reader: PixelReader } | undefined
  for (const [k, { instance, frame }] of slices.entries()) {
    if (file?.instance !== instance) {
      const bytes = await instance.source.read()
      file = { instance, reader: new PixelReader(bytes, instance.pixels, instance.source.name) }
    }
    const stored = await file.reader.frame(frame.index)
    const padding = instance.modality === 'CT' ? instance.padding : undefined
    voxels.write(stored, k * size, frame.slope, frame.intercept, padding)
    onSlice()
  }
  const data = uneven ? interpolated(voxels.data, size, places, count) : voxels.data
  return { dims: [columns, rows, count], affine: affineOfStack(geometry), data }
}

/** Rescaled voxels: 16-bit integers until a value does not fit, then 32-bit floats. */
class VoxelBuffer {
  data: Int16Array | Float32Array

  constructor(length: number) {
    if (length > 2 ** 31) throw new EmendError(`a volume of ${length} voxels is too large`)
    this.data = new Int16Array(length)
  }

  write(stored: StoredPixels, at: number, slope: number, intercept: number, padding: number | undefined): void {
    const bright = padding !== undefined && padding * slope + intercept > BRIGHT_PADDING ? padding : NaN
    if (this.data instanceof Int16Array) {
      const whole = Number.isInteger(slope) && Number.isInteger(intercept)
      if (whole && writeWhole(stored, this.data, at, slope, intercept, bright)) return
      this.data = Float32Array.from(this.data)
    }
    for (let n = 0; n < stored.length; n++) {
      this.data[at + n] = stored[n] === bright ? AIR : stored[n] * slope + intercept
    }
  }
}

/** False where a value does not fit 16 bits. */
function writeWhole(
  stored: StoredPixels,
  data: Int16Array,
  at: number,
  slope: number,
  intercept: number,
  bright: number,
): boolean {
  let fits = true
  for (let n = 0; n < stored.length; n++) {
    const value = stored[n] === bright ? AIR : stored[n] * slope + intercept
    if (value < -32768 || value > 32767) fits = false
    data[at + n] = value
  }
  return fits
}

/** Linear interpolation between slices that lie at (fractional) `places` to `count` slices at 0, 1, 2, ... */
function interpolated<T extends Int16Array | Float32Array>(
  data: T,
  size: number,
  places: readonly number[],
  count: number,
): Int16Array | Float32Array {
  const whole = data instanceof Int16Array
  const result = whole ? new Int16Array(size * count) : new Float32Array(size * count)
  let below = 0
  for (let k = 0; k < count; k++) {
    while (below < places.length - 2 && places[below + 1] <= k) below++
    const share = Math.min(1, Math.max(0, (k - places[below]) / (places[below + 1] - places[below])))
    const [low, high] = [below * size, (below + 1) * size]
    for (let n = 0; n < size; n++) {
      const value = data[low + n] * (1 - share) + data[high + n] * share
      result[k * size + n] = whole ? Math.round(value) : value
    }
  }
  return result
}
