import type { Tensor } from '../graph/graph'
import type { Triple } from '../graph/resampling'
import type { Tape } from '../graph/tape'
import { convolve, head, layer, ONES, product, SLOPE, TWOS } from './layers'

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

const pool = (config: UnetConfig, level: number): Triple => config.pools?.[level] ?? TWOS

/** Sizes of the image along [D, H, W] must be multiples of this. */
export const totalStride = (config: UnetConfig): Triple =>
  product([stemStride(config), ...Array.from({ length: config.levels - 1 }, (_, level) => pool(config, level))])

/** What a U-Net makes of an image before its head: what pre-training looks at. */
export interface UnetFeatures {
  /** The encoder's last, coarsest features. */
  readonly deepest: Tensor
  /** The decoder's last features, at the stem's resolution. */
  readonly finest: Tensor
}

/**
 * Twice convolution, instance norm, LeakyReLU a level; average pooling down; 1x1x1 convolution and trilinear
 * upsampling up, joined with the skip.
 * @param slope of the LeakyReLU; tests take 1, where gradients are smooth
 */
export function unetFeatures(tape: Tape, image: Tensor, config: UnetConfig, slope: number = SLOPE): UnetFeatures {
  const channels = (level: number): number => Math.min(config.base * 2 ** level, config.maxChannels)
  const at = (name: string, x: Tensor, level: number, stride?: Triple): Tensor =>
    layer(tape, name, x, channels(level), { kernel: config.kernels?.[level], stride, slope })

  const skips: Tensor[] = []
  let x = image
  for (let level = 0; level < config.levels; level++) {
    if (level > 0) x = tape.averagePool(x, pool(config, level - 1))
    x = at(`encoder.${level}.0`, x, level, level === 0 ? stemStride(config) : undefined)
    x = at(`encoder.${level}.1`, x, level)
    skips.push(x)
  }
  const deepest = x
  for (let level = config.levels - 2; level >= 0; level--) {
    x = convolve(tape, `decoder.${level}.up`, x, channels(level), { kernel: ONES })
    x = tape.concat([skips[level], tape.upsample(x, pool(config, level))], 1)
    x = at(`decoder.${level}.0`, x, level)
    x = at(`decoder.${level}.1`, x, level)
  }
  return { deepest, finest: x }
}

/** The U-Net's features under a 1x1x1 head: logits [N, K, D, H, W] at the stem's resolution. */
export const unet = (tape: Tape, image: Tensor, config: UnetConfig, slope: number = SLOPE): Tensor =>
  head(tape, unetFeatures(tape, image, config, slope).finest, config.outputChannels)
