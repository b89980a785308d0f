import { onlyStoredBits, type StoredBits, type StoredPixels } from './pixels'

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
  const length = stored.length
  const target = data.byteOffset + 2 * at
  if (highBit !== bitsStored - 1 || length % 8 !== 0 || stored.byteOffset % 4 !== 0 || target % 4 !== 0) return false
  const from = new Int32Array(stored.buffer, stored.byteOffset, length / 2)
  const to = new Int32Array(data.buffer, target, length / 2)
  const used = signed && bitsStored < 16 ? usedBits(from, -lowest) : 0
  if (used >>> bitsStored !== 0) return false
  if (addToHalves(from, to, intercept) >>> bitsStored === 0 || signed) return true
  if (from.buffer === to.buffer) addToHalves(to, to, -intercept)
  return false
}

const LOW = 0x7fff7fff
const HIGH = 0x80008000

/**
 * Adds to two 16-bit voxels in one 32-bit word, to the highest bit of each half by itself, so that nothing carries over into
 * the other half; four words a turn, which takes half the time.
 * @returns the bits that any value of `from` has
 */
function addToHalves(from: Int32Array, to: Int32Array, amount: number): number {
  const both = (amount << 16) | (amount & 0xffff)
  const low = both & LOW
  let used = 0
  for (let n = 0; n < from.length; n += 4) {
    const a = from[n]
    const b = from[n + 1]
    const c = from[n + 2]
    const d = from[n + 3]
    used |= a | b | c | d
    to[n] = ((a & LOW) + low) ^ ((a ^ both) & HIGH)
    to[n + 1] = ((b & LOW) + low) ^ ((b ^ both) & HIGH)
    to[n + 2] = ((c & LOW) + low) ^ ((c ^ both) & HIGH)
    to[n + 3] = ((d & LOW) + low) ^ ((d ^ both) & HIGH)
  }
  return (used | (used >>> 16)) & 0xffff
}

/** The bits that any 16-bit value has once `amount` is added to it. */
function usedBits(from: Int32Array, amount: number): number {
  const both = (amount << 16) | (amount & 0xffff)
  const low = both & LOW
  let used = 0
  for (let n = 0; n < from.length; n++) used |= ((from[n] & LOW) + low) ^ ((from[n] ^ both) & HIGH)
  return (used | (used >>> 16)) & 0xffff
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
