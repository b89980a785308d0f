import { EmendError } from '../../../shared/errors'
import { affineOf, type Affine } from '../../../shared/geometry/affine'
import type { Volume } from '../volume'
import type { Frame, Instance } from './instance'
import { readSlices, type Room } from './readSlices'
import type { StackGeometry } from './stackGeometry'
import { flipLps, times } from './vector'
import { VoxelBuffer, type Voxels } from './voxelBuffer'

/** Padding brighter than any bone is outside the field of view, so it becomes air; darker padding is air already. */
const BRIGHT_PADDING = 3071
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
 * Reads, decodes and rescales a stack's pixels into one volume; besides the volume only a few slices are
 * held (of a multi-frame file, the file). Int16 while all values are whole and fit, else Int32, else floats that hold every stored value.
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
  let k = 0
  const room: Room = (n, length) => (length === 2 * size ? voxels.room(n * size, length) : null)
  for await (const { slice, stored } of readSlices(slices, room)) {
    const { instance, frame } = slice
    const { slope, intercept } = frame
    const rescale = { slope, intercept, bright: brightPadding(instance, frame), format: instance.pixels }
    voxels.write(stored, k++ * size, rescale)
    onSlice()
  }
  const data = uneven ? interpolated(voxels.data, size, places, count) : voxels.data
  return { dims: [columns, rows, count], affine: affineOfStack(geometry), data }
}

const NOTHING = [Infinity, -Infinity] as const

/** The padding values of a CT where they would be bright; an empty range else. */
function brightPadding({ modality, padding }: Instance, { slope, intercept }: Frame): readonly [number, number] {
  if (modality !== 'CT' || !padding) return NOTHING
  return padding[0] * slope + intercept > BRIGHT_PADDING ? padding : NOTHING
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
