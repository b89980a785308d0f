/**
 * Just enough of WebAssembly's binary form for loops of a few instructions, which are spelled out where they are used instead
 * of being compiled from another language. Instructions are bytes; locals are numbered, parameters first.
 */

export const I32 = 0x7f
export const V128 = 0x7b

export type Code = readonly number[]

export const unsigned = (n: number): number[] => (n < 128 ? [n] : [(n & 127) | 128, ...unsigned(n >>> 7)])
const text = (s: string): number[] => [s.length, ...new TextEncoder().encode(s)]
const section = (id: number, bytes: Code): number[] => [id, ...unsigned(bytes.length), ...bytes]

export const get = (local: number): number[] => [0x20, local]
export const set = (local: number): number[] => [0x21, local]
/** Up to 63. */
export const constant = (n: number): number[] => [0x41, n]
export const add: Code = [0x6a]
export const multiply: Code = [0x6c]
export const load = (offset: number): number[] => [0xfd, 0x00, 2, ...unsigned(offset)]
export const store: Code = [0xfd, 0x0b, 2, 0]
export const zeroVector: Code = [0xfd, 0x0c, ...new Array<number>(16).fill(0)]
export const increase = (local: number, by: Code): number[] => [...get(local), ...by, ...add, ...set(local)]

/** Counts a local from 0 up to another in steps; there must be a first time. */
export function repeated(counter: number, limit: number, step: number, body: Code): number[] {
  const again = [...increase(counter, constant(step)), ...get(counter), ...get(limit), 0x49, 0x0d, 0]
  return [...constant(0), ...set(counter), 0x03, 0x40, ...body, ...again, 0x0b]
}

/** A function that takes whole numbers and gives nothing. */
export interface Kernel {
  readonly parameters: number
  /** Locals after the parameters: so many whole numbers, then so many vectors. */
  readonly integers: number
  readonly vectors: number
  readonly code: Code
}

/** The function over `memory`. */
export function instantiate(
  { parameters, integers, vectors, code }: Kernel,
  memory: WebAssembly.Memory,
): (...args: readonly number[]) => void {
  const body = [2, integers, I32, vectors, V128, ...code, 0x0b]
  const bytes = Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, parameters, ...new Array<number>(parameters).fill(I32), 0]),
    ...section(2, [1, ...text('host'), ...text('memory'), 2, 0, 1]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...text('run'), 0, 0]),
    ...section(10, [1, ...unsigned(body.length), ...body]),
  ])
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { host: { memory } })
  return instance.exports['run'] as (...args: readonly number[]) => void
}
