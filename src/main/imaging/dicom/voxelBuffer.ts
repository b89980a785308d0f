import { onlyStoredBits, type StoredBits, type StoredPixels } from './pixels'
import { shift16 } from './shiftKernel'

export type Voxels = Int16Array | Int32Array | Float32Array | Float64Array

/** What becomes of stored values: value * slope + intercept. */
export interface Rescale {
  readonly slope: number
  readonly intercept: number
  /** Stored values, lowest and highest, that become air; an empty range where none do. */
  readonly bright: readonly [number, number]
  /** Which bits of a stored value count. */
  readonly format: StoredBits
}

/** HU */
const AIR = -1024

/** Rescaled voxels in the narrowest type that has held all of them so far. */
export class VoxelBuffer {
  data: Voxels

  constructor(length: number) {
    this.data = new Int16Array(length)
  }

  /** Memory where 16-bit values may wait to be written from voxel `at` on; null where the voxels are wider by now. */
  room(at: number, bytes: number): Uint8Array | null {
    return this.data instanceof Int16Array ? new Uint8Array(this.data.buffer, 2 * at, bytes) : null
  }

  /** Stored values from voxel `at` on, rescaled. They may lie in their `room`; else they, too, may be changed. */
  write(pixels: StoredPixels, at: number, rescale: Rescale): void {
    if (shifted(pixels, this.data, at, rescale)) return
    // A value that does not fit is written nonetheless, before the voxels are made wider.
    const stored = onlyStoredBits(pixels.buffer === this.data.buffer ? pixels.slice() : pixels, rescale.format)
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
 * that leaves every value that the bits can hold within 16 bits.
 * @returns false where the values are not such; then the voxels hold nothing new, or the stored values in their room
 */
function shifted(
  stored: StoredPixels,
  data: Voxels,
  at: number,
  { slope, intercept, bright, format }: Rescale,
): boolean {
  if (!(data instanceof Int16Array && (stored instanceof Uint16Array || stored instanceof Int16Array))) return false
  const { bitsStored, highBit, signed } = format
  const lowest = signed ? -(2 ** (bitsStored - 1)) : 0
  const fits = intercept + lowest >= -32768 && intercept + lowest + 2 ** bitsStored - 1 <= 32767
  if (slope !== 1 || !Number.isInteger(intercept) || !fits || bright[0] <= bright[1]) return false
  if (highBit !== bitsStored - 1) return false
  const from = new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength)
  const to = new Uint8Array(data.buffer, data.byteOffset + 2 * at, stored.byteLength)
  if (shift16(from, to, intercept, lowest) >>> bitsStored === 0) return true
  if (from.buffer === to.buffer) shift16(to, to, -intercept, lowest)
  return false
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
