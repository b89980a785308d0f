import { get, instantiate, load, repeated, set, store, zeroVector, type Code } from '../../../shared/webAssembly'

/** Bytes that are shifted at once: they stay in the processor's nearest memory while they go through the kernel's. */
const PIECE = 1 << 15
const memory = new WebAssembly.Memory({ initial: 1 })
const piece = new Uint8Array(memory.buffer, 0, PIECE)
const bits = new Uint32Array(memory.buffer, PIECE, 4)
let kernel: ((...args: readonly number[]) => void) | undefined

/**
 * Adds `amount` to 16-bit values, eight at a time; several times as fast as the same in JavaScript.
 * @param from little-endian bytes, two a value, wherever they lie
 * @param to as long; may be the same memory
 * @param lowest what the lowest value is expected to be: 0, or a negative power of two
 * @returns the bits that any value less `lowest` has: those beyond its width tell of a value that does not fit
 */
export function shift16(from: Uint8Array, to: Uint8Array, amount: number, lowest: number): number {
  kernel ??= instantiate({ parameters: 4, integers: 1, vectors: 4, code: shiftCode() }, memory)
  bits.fill(0)
  for (let at = 0; at < from.length; at += PIECE) {
    const length = Math.min(PIECE, from.length - at)
    const last = length % 16
    // What a shorter piece is filled up with has no bits once the lowest is taken off.
    if (last > 0) new Int16Array(memory.buffer, length - last, 8).fill(lowest)
    piece.set(length === from.length ? from : from.subarray(at, at + length))
    kernel(length + 15 - ((length + 15) % 16), PIECE, amount, -lowest)
    to.set(length === PIECE ? piece : piece.subarray(0, length), at)
  }
  const used = bits[0] | bits[1] | bits[2] | bits[3]
  return (used | (used >>> 16)) & 0xffff
}

function shiftCode(): Code {
  const [BYTES, BITS, AMOUNT, OFFSET] = [0, 1, 2, 3]
  const AT = 4
  const [VALUE, USED, SHIFT, EXPECTED] = [5, 6, 7, 8]
  const splat16 = [0xfd, 0x10]
  const add16 = [0xfd, 0x8e, 0x01]
  const or = [0xfd, 0x50]
  const eightValues = [
    ...[...get(AT), ...load(0), ...set(VALUE)],
    ...[...get(USED), ...get(VALUE), ...get(EXPECTED), ...add16, ...or, ...set(USED)],
    ...[...get(AT), ...get(VALUE), ...get(SHIFT), ...add16, ...store],
  ]
  return [
    ...[...zeroVector, ...set(USED)],
    ...[...get(AMOUNT), ...splat16, ...set(SHIFT)],
    ...[...get(OFFSET), ...splat16, ...set(EXPECTED)],
    ...repeated(AT, BYTES, 16, eightValues),
    ...[...get(BITS), ...get(BITS), ...load(0), ...get(USED), ...or, ...store],
  ]
}
