import type { Tensor } from '../graph/graph'
import { heInitial } from '../graph/parameters'
import type { Triple } from '../graph/resampling'
import type { Tape } from '../graph/tape'
import { head, layer, ONES, product, SLOPE, THREES, TWOS } from './layers'

/**
 * The U-Net of `teacher-student-coarse-to-fine` (section 2.3): a first convolution, levels of two convolutions of which
 * the first is strided, interpolation up with skips and one convolution, and before the head an Inception block and a
 * squeeze-and-excitation block. Triples are in tensor order.
 */
export interface InceptionUnetConfig {
  readonly kind: 'inception-unet'
  readonly inputChannels: number
  readonly outputChannels: number
  /** Of the first convolution, then after each downsampling; the first is a multiple of 4. */
  readonly channels: readonly number[]
  /** Whether the head has either block (table 7 of the paper). */
  readonly inception: boolean
  readonly squeezeExcitation: boolean
  /** Reduction from each level to the next (one less than `channels`); 2x2x2 where left out. */
  readonly strides?: readonly Triple[]
  /** Kernel size by level; 3x3x3 where left out. */
  readonly kernels?: readonly Triple[]
}

const strideOf = (config: InceptionUnetConfig, level: number): Triple => config.strides?.[level - 1] ?? TWOS

export const totalStride = (config: InceptionUnetConfig): Triple =>
  product(config.channels.slice(1).map((_, at) => strideOf(config, at + 1)))

/** How much narrower the squeezed channels are; the paper leaves it open, Hu et al. take 16 of hundreds. */
const REDUCTION = 4

/**
 * Four views of the same features, a quarter of the channels each (Szegedy et al. 2015, figure 2b): 1, 3 and 5 voxels
 * wide, the last as two of 3, and the neighbourhood's mean.
 */
export function inceptionBlock(tape: Tape, name: string, x: Tensor, slope: number = SLOPE): Tensor {
  const width = x.shape[1] / 4
  if (!Number.isInteger(width)) throw new Error(`an Inception block needs a multiple of 4 channels, not ${x.shape[1]}`)
  const branch = (part: string, from: Tensor, kernel: Triple): Tensor =>
    layer(tape, `${name}.${part}`, from, width, { kernel, slope })
  const one = branch('one', x, ONES)
  const three = branch('three.1', branch('three.0', x, ONES), THREES)
  const five = branch('five.2', branch('five.1', branch('five.0', x, ONES), THREES), THREES)
  const mean = branch('mean', tape.meanFilter(x, THREES), ONES)
  return tape.concat([one, three, five, mean], 1)
}

/** Weighs each channel by what all channels are on average (Hu et al. 2018, equations 2 to 4). */
export function squeezeExcitation(tape: Tape, name: string, x: Tensor, slope: number = SLOPE): Tensor {
  const channels = x.shape[1]
  const dense = (part: string, from: Tensor, outputs: number): Tensor => {
    const shape = [outputs, from.shape[1], 1, 1, 1]
    const weight = tape.parameter(`${name}.${part}.weight`, shape, heInitial(from.shape[1]))
    return tape.convolution(from, weight, tape.parameter(`${name}.${part}.bias`, [outputs], { value: 0 }))
  }
  const squeezed = tape.leakyRelu(
    dense('squeeze', tape.globalAveragePool(x), Math.max(1, Math.round(channels / REDUCTION))),
    slope,
  )
  return tape.mul(x, tape.sigmoid(dense('excite', squeezed, channels)))
}

/** Gives logits [N, K, D, H, W] at the image's resolution. */
export function inceptionUnet(tape: Tape, image: Tensor, config: InceptionUnetConfig, slope: number = SLOPE): Tensor {
  const { channels } = config
  const at = (name: string, x: Tensor, level: number, stride: Triple = ONES): Tensor =>
    layer(tape, name, x, channels[level], { kernel: config.kernels?.[level], stride, slope })
  const skips = [at('encoder.0.0', image, 0)]
  for (let level = 1; level < channels.length; level++) {
    const down = at(`encoder.${level}.0`, skips[level - 1], level, strideOf(config, level))
    skips.push(at(`encoder.${level}.1`, down, level))
  }
  let x = skips[channels.length - 1]
  for (let level = channels.length - 2; level >= 0; level--) {
    const joined = tape.concat([skips[level], tape.upsample(x, strideOf(config, level + 1))], 1)
    x = at(`decoder.${level}.0`, joined, level)
  }
  if (config.inception) x = inceptionBlock(tape, 'inception', x, slope)
  if (config.squeezeExcitation) x = squeezeExcitation(tape, 'excitation', x, slope)
  return head(tape, x, config.outputChannels)
}
