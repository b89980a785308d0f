import {
  add,
  constant,
  get,
  increase,
  instantiate,
  load,
  multiply,
  repeated,
  set,
  store,
  unsigned,
  zeroVector,
  type Code,
} from '../../webAssembly'

/** The inner loops of a 3x3x3 convolution in WebAssembly's 128-bit arithmetic, several times faster than in JavaScript. */

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
  return instantiate({ parameters: 6, integers: 8, vectors: 5, code: planeCode() }, memory)
}

/** Locals by number: the six parameters, then eight integers, then five vectors. */
const [FROM, TO, WEIGHTS, INPUTS, N, CELLS] = [0, 1, 2, 3, 4, 5]
const [ROW, PLANE, VOLUME, Y, X, INPUT, SOURCE, WEIGHT] = [6, 7, 8, 9, 10, 11, 12, 13]
const SUMS = [14, 15, 16, 17]
const VALUE = 18

const addVectors = [0xfd, 0xe4, 0x01]
const multiplyVectors = [0xfd, 0xe6, 0x01]
const loadSplat = (offset: number): number[] => [0xfd, 0x09, 2, ...unsigned(offset)]
const times = (a: number, b: number[], into: number): number[] => [...get(a), ...b, ...multiply, ...set(into)]

function planeCode(): Code {
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
  return [
    ...times(N, constant(4), ROW),
    ...times(N, get(ROW), PLANE),
    ...times(N, get(PLANE), VOLUME),
    ...repeated(Y, CELLS, 1, oneRow),
  ]
}
