import { EmendError } from '../../../shared/errors'
import { affineOf, type Affine } from '../../../shared/geometry/affine'
import type { Volume } from '../volume'
import type { Frame, Instance } from './instance'
import { PixelReader, type StoredPixels } from './pixels'
import type { StackGeometry } from './stackGeometry'
import { flipLps, times } from './vector'

/** Padding brighter than any bone is outside the field of view, so it becomes air; darker padding is air already. */
const BRIGHT_PADDING = 3071
const AIR = -1024
const MOST_VOXELS = 2 ** 31

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
 * file is held. Int16 while all values are whole and fit, else Int32, else floats that hold every stored value.
 * @param onSlice called after each slice, so that the caller can report, or throw to stop
 * @throws EmendError where a file is damaged or has gone
 */
export async function assemble(geometry: StackGeometry, onSlice: () => void): Promise<Volume> {
  const { slices, count, places, uneven } = geometry
  const { rows, columns } = slices[0].instance.pixels
  const size = rows * columns
  if (size * count > MOST_VOXELS)
    throw new EmendError(`a volume of ${columns} x ${rows} x ${count} voxels is too large`)
  const voxels = new VoxelBuffer(size * slices.length)
  let file: { instance: Instance; reader: PixelReader } | undefined
  for (const [k, { instance, frame }] of slices.entries()) {
    if (file?.instance !== instance) {
      const bytes = await instance.source.read()
      file = { instance, reader: new PixelReader(bytes, instance.pixels, instance.source.name) }
    }
    const stored = await file.reader.frame(frame.index)
    voxels.write(stored, k * size, { slope: frame.slope, intercept: frame.intercept, bright: brightPadding(instance, frame) }) // prettier-ignore
    onSlice()
  }
  const data = uneven ? interpolated(voxels.data, size, places, count) : voxels.data
  return { dims: [columns, rows, count], affine: affineOfStack(geometry), data }
}

type Voxels = Int16Array | Int32Array | Float32Array | Float64Array

interface Rescale {
  readonly slope: number
  readonly intercept: number
  /** Stored values that become air. */
  readonly bright: readonly [number, number]
}

const NOTHING = [Infinity, -Infinity] as const

/** The padding values of a CT where they would be bright; an empty range else. */
function brightPadding({ modality, padding }: Instance, { slope, intercept }: Frame): readonly [number, number] {
  if (modality !== 'CT' || !padding) return NOTHING
  return padding[0] * slope + intercept > BRIGHT_PADDING ? padding : NOTHING
}

/** Rescaled voxels in the narrowest type that has held all of them so far. */
class VoxelBuffer {
  data: Voxels

  constructor(length: number) {
    this.data = new Int16Array(length)
  }

  write(stored: StoredPixels, at: number, rescale: Rescale): void {
    const whole = Number.isInteger(rescale.slope) && Number.isInteger(rescale.intercept)
    for (;;) {
      const { data } = this
      const holds = data instanceof Float64Array || (data instanceof Float32Array && stored.BYTES_PER_ELEMENT < 4)
      if ((holds || (whole && !(data instanceof Float32Array))) && rescaled(stored, data, at, rescale)) return
      this.data = widened(data, whole, stored.BYTES_PER_ELEMENT)
    }
  }
}

/** The next wider type: whole numbers while the values are whole, else as many bits as the stored values need. */
function widened(data: Voxels, whole: boolean, storedBytes: number): Voxels {
  if (whole && data instanceof Int16Array) return Int32Array.from(data)
  const exact = storedBytes < 4 && !(data instanceof Int32Array)
  return exact ? Float32Array.from(data) : Float64Array.from(data)
}

/** False where a value does not fit the type of `data`. */
function rescaled(stored: StoredPixels, data: Voxels, at: number, { slope, intercept, bright }: Rescale): boolean {
  const [low, high] = data instanceof Int16Array ? [-32768, 32767] : [-(2 ** 31), 2 ** 31 - 1]
  const floats = data instanceof Float32Array || data instanceof Float64Array
  const [from, to] = bright
  let fits = true
  for (let n = 0; n < stored.length; n++) {
    const value = stored[n] >= from && stored[n] <= to ? AIR : stored[n] * slope + intercept
    if (value < low || value > high) fits = false
    data[at + n] = value
  }
  return fits || floats
}

/** Linear interpolation between slices that lie at (fractional) `places` to `count` slices at 0, 1, 2, ... */
function interpolated(data: Voxels, size: number, places: readonly number[], count: number): Voxels {
  const whole = data instanceof Int16Array || data instanceof Int32Array
  const make = data.constructor as new (length: number) => Voxels
  const result = new make(size * count)
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
