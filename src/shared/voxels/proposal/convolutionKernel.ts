/**
 * The inner loops of a 3x3x3 convolution in WebAssembly's 128-bit arithmetic, several times faster than the same in
 * JavaScript. So few instructions that they are spelled out here instead of being compiled from another language.
 */

/**
 * One plane of four output channels from planes of all input channels; every channel is a cube of `n` cells a side with
 * a border one cell wide. Four cells are worked out at once: where a row's length is no multiple of that, the border
 * after it is written to as well.
 * @param from byte address of the first input channel's plane before this one
 * @param to byte address of the first output channel's first cell within the border
 * @param weights byte address of `[input][tap][output]`, taps with x fastest
 * @param cells a side within the border
 */
export type PlaneKernel = (from: number, to: number, weights: number, inputs: number, n: number, cells: number) => void

export function planeKernel(memory: WebAssembly.Memory): PlaneKernel {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(moduleBytes()), { host: { memory } })
  return instance.exports.plane as PlaneKernel
}

/** Locals by number: the six parameters, then eight integers, then five vectors. */
const [FROM, TO, WEIGHTS, INPUTS, N, CELLS] = [0, 1, 2, 3, 4, 5]
const [ROW, PLANE, VOLUME, Y, X, INPUT, SOURCE, WEIGHT] = [6, 7, 8, 9, 10, 11, 12, 13]
const SUMS = [14, 15, 16, 17]
const VALUE = 18
const I32 = 0x7f
const V128 = 0x7b

const unsigned = (n: number): number[] => (n < 128 ? [n] : [(n & 127) | 128, ...unsigned(n >>> 7)])
const text = (s: string): number[] => [s.length, ...new TextEncoder().encode(s)]
const section = (id: number, bytes: number[]): number[] => [id, ...unsigned(bytes.length), ...bytes]
const get = (local: number): number[] => [0x20, local]
const set = (local: number): number[] => [0x21, local]
/** Up to 63. */
const constant = (n: number): number[] => [0x41, n]
const add = [0x6a]
const multiply = [0x6c]
const addVectors = [0xfd, 0xe4, 0x01]
const multiplyVectors = [0xfd, 0xe6, 0x01]
const zeroVector = [0xfd, 0x0c, ...new Array<number>(16).fill(0)]
const load = (offset: number): number[] => [0xfd, 0x00, 2, ...unsigned(offset)]
const loadSplat = (offset: number): number[] => [0xfd, 0x09, 2, ...unsigned(offset)]
const store = [0xfd, 0x0b, 2, 0]
const increase = (local: number, by: number[]): number[] => [...get(local), ...by, ...add, ...set(local)]
const times = (a: number, b: number[], into: number): number[] => [...get(a), ...b, ...multiply, ...set(into)]

/** Counts a local from 0 up to another in steps; there must be a first time. */
function repeated(counter: number, limit: number, step: number, body: number[]): number[] {
  const again = [...increase(counter, constant(step)), ...get(counter), ...get(limit), 0x49, 0x0d, 0]
  return [...constant(0), ...set(counter), 0x03, 0x40, ...body, ...again, 0x0b]
}

function moduleBytes(): Uint8Array<ArrayBuffer> {
  const tap = (place: number[], n: number): number[] => [
    ...place,
    ...load(4 * (n % 3)),
    ...set(VALUE),
    ...SUMS.flatMap((sum, output) => [
      ...get(sum),
      ...get(VALUE),
      ...get(WEIGHT),
      ...loadSplat(16 * n + 4 * output),
      ...multiplyVectors,
      ...addVectors,
      ...set(sum),
    ]),
  ]
  /** Where a tap's row begins: so many planes and rows after the source. */
  const row = (n: number): number[] => {
    const [planes, rows] = [Math.floor(n / 9), Math.floor(n / 3) % 3]
    const further = (local: number, count: number): number[] =>
      count === 0 ? [] : [...get(local), ...constant(count), ...multiply, ...add]
    return [...get(SOURCE), ...further(PLANE, planes), ...further(ROW, rows)]
  }
  const taps = Array.from({ length: 27 }, (_, n) => tap(row(n), n)).flat()
  const oneInput = [
    ...taps,
    ...increase(SOURCE, get(VOLUME)),
    ...increase(WEIGHT, [...constant(54), ...constant(8), ...multiply]),
  ]
  const fourCells = [
    ...SUMS.flatMap((sum) => [...zeroVector, ...set(sum)]),
    ...[...get(FROM), ...get(X), ...constant(4), ...multiply, ...add, ...set(SOURCE)],
    ...[...get(WEIGHTS), ...set(WEIGHT)],
    ...repeated(INPUT, INPUTS, 1, oneInput),
    ...[...get(TO), ...get(X), ...constant(4), ...multiply, ...add, ...set(SOURCE)],
    ...SUMS.flatMap((sum) => [...get(SOURCE), ...get(sum), ...store, ...increase(SOURCE, get(VOLUME))]),
  ]
  const oneRow = [...repeated(X, CELLS, 4, fourCells), ...increase(FROM, get(ROW)), ...increase(TO, get(ROW))]
  const code = [
    ...times(N, constant(4), ROW),
    ...times(N, get(ROW), PLANE),
    ...times(N, get(PLANE), VOLUME),
    ...repeated(Y, CELLS, 1, oneRow),
    0x0b,
  ]
  const locals = [2, 8, I32, 5, V128]
  const body = [...locals, ...code]
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 6, I32, I32, I32, I32, I32, I32, 0]),
    ...section(2, [1, ...text('host'), ...text('memory'), 2, 0, 1]),
    ...section(3, [1, 0]),
    ...section(7, [1, ...text('plane'), 0, 0]),
    ...section(10, [1, ...unsigned(body.length), ...body]),
  ])
}
