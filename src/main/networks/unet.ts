import type { Tensor } from '../graph/graph'
import { heInitial } from '../graph/parameters'
import type { Triple } from '../graph/resampling'
import type { Tape } from '../graph/tape'

/**
 * A plain U-Net (Ronneberger et al. 2015; Çiçek et al. 2016) without residual units. All triples are in tensor order:
 * [depth, height, width], that is voxel axes k, j, i.
 */
export interface UnetConfig {
  readonly kind: 'unet'
  readonly inputChannels: number
  /** Background included. */
  readonly outputChannels: number
  /** Channels of the first level; each level below has twice as many, up to `maxChannels`. */
  readonly base: number
  readonly maxChannels: number
  readonly levels: number
  /** Stride of the first convolution. 2 makes it the fast student: everything else runs at half resolution. */
  readonly stemStride: number | Triple
  /** Kernel size of each level's convolutions, odd; 3x3x3 where left out. */
  readonly kernels?: readonly Triple[]
  /** Reduction from each level to the next (levels - 1 of them); 2x2x2 where left out. */
  readonly pools?: readonly Triple[]
}

/** Slope of LeakyReLU below zero, as nnU-Net's. */
const SLOPE = 0.01

export const stemStride = ({ stemStride }: UnetConfig): Triple =>
  typeof stemStride === 'number' ? [stemStride, stemStride, stemStride] : stemStride

const pool = (config: UnetConfig, level: number): Triple => config.pools?.[level] ?? [2, 2, 2]

/** Sizes of the image along [D, H, W] must be multiples of this. */
export const totalStride = (config: UnetConfig): Triple =>
  Array.from({ length: config.levels - 1 }, (_, level) => pool(config, level)).reduce<Triple>(
    ([d, h, w], [fd, fh, fw]) => [d * fd, h * fh, w * fw],
    stemStride(config),
  )

/**
 * Twice convolution, instance norm, LeakyReLU a level; average pooling down; 1x1x1 convolution and trilinear
 * upsampling up, joined with the skip; a 1x1x1 head. Gives logits [N, K, D, H, W] at the stem's resolution.
 * @param slope of the LeakyReLU; tests take 1, where gradients are smooth
 */
export function unet(tape: Tape, image: Tensor, config: UnetConfig, slope: number = SLOPE): Tensor {
  const channels = (level: number): number => Math.min(config.base * 2 ** level, config.maxChannels)

  const convolve = (name: string, x: Tensor, outputs: number, kernel: Triple, stride?: Triple): Tensor => {
    const shape = [outputs, x.shape[1], ...kernel]
    const fanIn = x.shape[1] * kernel[0] * kernel[1] * kernel[2]
    return tape.convolution(x, tape.parameter(`${name}.weight`, shape, heInitial(fanIn)), null, stride)
  }
  const layer = (name: string, x: Tensor, level: number, stride?: Triple): Tensor => {
    const outputs = channels(level)
    const features = convolve(name, x, outputs, config.kernels?.[level] ?? [3, 3, 3], stride)
    const scale = tape.parameter(`${name}.scale`, [outputs], { value: 1 })
    const shift = tape.parameter(`${name}.shift`, [outputs], { value: 0 })
    return tape.leakyRelu(tape.instanceNorm(features, scale, shift), slope)
  }

  const skips: Tensor[] = []
  let x = image
  for (let level = 0; level < config.levels; level++) {
    if (level > 0) x = tape.averagePool(x, pool(config, level - 1))
    x = layer(`encoder.${level}.0`, x, level, level === 0 ? stemStride(config) : undefined)
    x = layer(`encoder.${level}.1`, x, level)
    skips.push(x)
  }
  for (let level = config.levels - 2; level >= 0; level--) {
    x = convolve(`decoder.${level}.up`, x, channels(level), [1, 1, 1])
    x = tape.concat([skips[level], tape.upsample(x, pool(config, level))], 1)
    x = layer(`decoder.${level}.0`, x, level)
    x = layer(`decoder.${level}.1`, x, level)
  }
  const head = tape.parameter('head.weight', [config.outputChannels, channels(0), 1, 1, 1], {
    deviation: Math.sqrt(1 / channels(0)),
  })
  return tape.convolution(x, head, tape.parameter('head.bias', [config.outputChannels], { value: 0 }))
}
