import type { Shape, Tensor } from '../graph/graph'
import { heInitial } from '../graph/parameters'
import type { Triple } from '../graph/resampling'
import type { Tape } from '../graph/tape'

/** Slope of LeakyReLU below zero, as nnU-Net's. */
export const SLOPE = 0.01

/** Strides, kernels and pools that a configuration leaves out. */
export const THREES: Triple = [3, 3, 3]
export const TWOS: Triple = [2, 2, 2]
export const ONES: Triple = [1, 1, 1]

export interface LayerOptions {
  readonly kernel?: Triple
  readonly stride?: Triple
  /** Of the LeakyReLU; tests take 1, where gradients are smooth. */
  readonly slope?: number
}

/** A convolution without bias, `name.weight`, started by He's rule. */
export function convolve(tape: Tape, name: string, x: Tensor, outputs: number, options: LayerOptions = {}): Tensor {
  const kernel = options.kernel ?? THREES
  const shape: Shape = [outputs, x.shape[1], ...kernel]
  const fanIn = x.shape[1] * kernel[0] * kernel[1] * kernel[2]
  return tape.convolution(x, tape.parameter(`${name}.weight`, shape, heInitial(fanIn)), null, options.stride)
}

/** Instance norm with `name.scale` and `name.shift`, then LeakyReLU. */
export function activate(tape: Tape, name: string, x: Tensor, slope: number = SLOPE): Tensor {
  const scale = tape.parameter(`${name}.scale`, [x.shape[1]], { value: 1 })
  const shift = tape.parameter(`${name}.shift`, [x.shape[1]], { value: 0 })
  return tape.leakyRelu(tape.instanceNorm(x, scale, shift), slope)
}

/** Convolution, instance norm, LeakyReLU. */
export function layer(tape: Tape, name: string, x: Tensor, outputs: number, options: LayerOptions = {}): Tensor {
  return activate(tape, name, convolve(tape, name, x, outputs, options), options.slope)
}

/** The 1x1x1 convolution with bias that gives logits: `head.weight`, `head.bias`. */
export function head(tape: Tape, x: Tensor, outputs: number): Tensor {
  const shape = [outputs, x.shape[1], 1, 1, 1]
  const weight = tape.parameter('head.weight', shape, { deviation: Math.sqrt(1 / x.shape[1]) })
  return tape.convolution(x, weight, tape.parameter('head.bias', [outputs], { value: 0 }))
}

/** Factors of a whole path: the product, axis by axis. */
export const product = (triples: readonly Triple[]): Triple =>
  triples.reduce<Triple>(([d, h, w], [fd, fh, fw]) => [d * fd, h * fh, w * fw], ONES)

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b))
const multiple = (a: number, b: number): number => (a * b) / divisor(a, b)

/** The least sizes that are multiples of both, axis by axis. */
export const commonMultiple = ([d, h, w]: Triple, [od, oh, ow]: Triple): Triple => [
  multiple(d, od),
  multiple(h, oh),
  multiple(w, ow),
]
