import type { StoredPixels } from './pixels'

export type Voxels = Int16Array | Int32Array | Float32Array | Float64Array

/** What becomes of stored values: value * slope + intercept. */
export interface Rescale {
  readonly slope: number
  readonly intercept: number
  /** Stored values, lowest and highest, that become air; an empty range where none do. */
  readonly bright: readonly [number, number]
  /** How many bits of a stored value count. */
  readonly bits: number
}

/** HU */
const AIR = -1024

/** Rescaled voxels in the narrowest type that has held all of them so far. */
export class VoxelBuffer {
  data: Voxels

  constructor(length: number) {
    this.data = new Int16Array(length)
  }

  /** Stored values from voxel `at` on, rescaled. */
  write(stored: StoredPixels, at: number, rescale: Rescale): void {
    if (shifted(stored, this.data, at, rescale)) return
    const whole = Number.isInteger(rescale.slope) && Number.isInteger(rescale.intercept)
    for (;;) {
      const { data } = this
      const holds = data instanceof Float64Array || (data instanceof Float32Array && stored.BYTES_PER_ELEMENT < 4)
      if ((holds || (whole && !(data instanceof Float32Array))) && rescaled(stored, data, at, rescale)) return
      this.data = widened(data, whole, stored.BYTES_PER_ELEMENT)
    }
  }
}

/**
 * What nearly every CT needs, several times as fast as what any image may need: 16-bit values, slope 1, and an intercept
 * that leaves every value that the bits can hold within 16 bits. Two voxels are added to in one 32-bit word, the highest
 * bit of each half by itself, so that nothing carries over into the other half.
 * @returns false where the values are not such; then nothing is written
 */
function shifted(stored: StoredPixels, data: Voxels, at: number, { slope, intercept, bright, bits }: Rescale): boolean {
  if (!(data instanceof Int16Array) || slope !== 1 || !Number.isInteger(intercept) || bright[0] <= bright[1])
    return false
  if (stored instanceof Int16Array && intercept === 0) {
    data.set(stored, at)
    return true
  }
  const highest = stored instanceof Uint16Array ? 2 ** bits - 1 : NaN
  if (!(intercept >= -32768 && intercept + highest <= 32767)) return false
  const length = stored.length
  const target = data.byteOffset + 2 * at
  if (length % 2 !== 0 || stored.byteOffset % 4 !== 0 || target % 4 !== 0) return false
  addToHalves(
    new Int32Array(stored.buffer, stored.byteOffset, length / 2),
    new Int32Array(data.buffer, target, length / 2),
    intercept,
  )
  return true
}

function addToHalves(from: Int32Array, to: Int32Array, amount: number): void {
  const both = (amount << 16) | (amount & 0xffff)
  const low = both & 0x7fff7fff
  for (let n = 0; n < from.length; n++) {
    const pair = from[n]
    to[n] = ((pair & 0x7fff7fff) + low) ^ ((pair ^ both) & 0x80008000)
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
