import type { Tensor } from '../graph/graph'
import type { Triple } from '../graph/resampling'
import type { Tape } from '../graph/tape'
import { convolve, head, layer, ONES, product, SLOPE, TWOS } from './layers'
import type { LayerOptions } from './layers'

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

export const stemStride = ({ stemStride }: Pick<UnetConfig, 'stemStride'>): Triple =>
  typeof stemStride === 'number' ? [stemStride, stemStride, stemStride] : stemStride

const pool = (config: Pick<UnetConfig, 'pools'>, level: number): Triple => config.pools?.[level] ?? TWOS

/** Sizes of the image along [D, H, W] must be multiples of this. */
export const totalStride = (config: Omit<UnetConfig, 'inputChannels' | 'outputChannels'>): Triple =>
  product([stemStride(config), ...Array.from({ length: config.levels - 1 }, (_, level) => pool(config, level))])

const channelsAt = ({ base, maxChannels }: UnetConfig, level: number): number =>
  Math.min(base * 2 ** level, maxChannels)

const block = (tape: Tape, name: string, x: Tensor, config: UnetConfig, level: number, options: LayerOptions): Tensor =>
  layer(tape, name, x, channelsAt(config, level), { kernel: config.kernels?.[level], ...options })

/** The way down alone: the features of every level, the finest first. */
export function unetEncoder(tape: Tape, image: Tensor, config: UnetConfig, slope: number = SLOPE): Tensor[] {
  const levels: Tensor[] = []
  let x = image
  for (let level = 0; level < config.levels; level++) {
    if (level > 0) x = tape.averagePool(x, pool(config, level - 1))
    const stride = level === 0 ? stemStride(config) : undefined
    x = block(tape, `encoder.${level}.0`, x, config, level, { slope, stride })
    x = block(tape, `encoder.${level}.1`, x, config, level, { slope })
    levels.push(x)
  }
  return levels
}

/**
 * Twice convolution, instance norm, LeakyReLU a level; average pooling down; 1x1x1 convolution and trilinear
 * upsampling up, joined with the skip. Gives the decoder's last features, at the stem's resolution.
 * @param slope of the LeakyReLU; tests take 1, where gradients are smooth
 */
export function unetFeatures(tape: Tape, image: Tensor, config: UnetConfig, slope: number = SLOPE): Tensor {
  const skips = unetEncoder(tape, image, config, slope)
  let x = skips[config.levels - 1]
  for (let level = config.levels - 2; level >= 0; level--) {
    x = convolve(tape, `decoder.${level}.up`, x, channelsAt(config, level), { kernel: ONES })
    x = tape.concat([skips[level], tape.upsample(x, pool(config, level))], 1)
    x = block(tape, `decoder.${level}.0`, x, config, level, { slope })
    x = block(tape, `decoder.${level}.1`, x, config, level, { slope })
  }
  return x
}

/** The U-Net's features under a 1x1x1 head: logits [N, K, D, H, W] at the stem's resolution. */
export const unet = (tape: Tape, image: Tensor, config: UnetConfig, slope: number = SLOPE): Tensor =>
  head(tape, unetFeatures(tape, image, config, slope), config.outputChannels)
