import type { Tensor } from '../graph/graph'
import type { Triple } from '../graph/resampling'
import type { Tape } from '../graph/tape'
import { activate, convolve, ONES, product, SLOPE, TWOS } from './layers'

/**
 * The U-Net of strided convolutions with or without residual units that MONAI has (Kerfoot et al. 2018), which
 * `lapn-unsupervised-representation` uses: its table of parameters and FLOPs is met by it. The coarsest level keeps the
 * resolution of the one above. Triples are in tensor order.
 */
export interface ResidualUnetConfig {
  readonly kind: 'residual-unet'
  readonly inputChannels: number
  readonly outputChannels: number
  /** By level, the finest first. */
  readonly channels: readonly number[]
  /** Convolutions of a residual unit; 0 for plain convolutions without one. */
  readonly units: number
  /** Reduction of each level but the last; 2x2x2 where left out. */
  readonly strides?: readonly Triple[]
  /** Kernel size by level; 3x3x3 where left out. */
  readonly kernels?: readonly Triple[]
}

const strideOf = (config: ResidualUnetConfig, level: number): Triple =>
  level === config.channels.length - 1 ? ONES : (config.strides?.[level] ?? TWOS)

export const totalStride = (config: ResidualUnetConfig): Triple =>
  product(config.channels.map((_, level) => strideOf(config, level)))

/** Without residual units the last thing done is to interpolate, which whoever resamples anyway can leave out. */
export const outputStride = (config: ResidualUnetConfig): Triple => (config.units === 0 ? strideOf(config, 0) : ONES)

/**
 * Down: a strided residual unit a level. Up: skip and coarser features joined, a convolution to the channels of the
 * level above and interpolation to its grid, which has the weights and multiply-adds of a transposed convolution without
 * its checkerboard, then a unit of one convolution. Gives logits at `outputStride`.
 */
export function residualUnet(tape: Tape, image: Tensor, config: ResidualUnetConfig, slope: number = SLOPE): Tensor {
  const { channels, units } = config
  const kernel = (level: number): Triple | undefined => config.kernels?.[level]
  const last = channels.length - 1

  const down = (x: Tensor, level: number): Tensor => {
    const stride = strideOf(config, level)
    const outputs = channels[level]
    const name = `encoder.${level}`
    let inner = x
    for (let unit = 0; unit < Math.max(1, units); unit++) {
      const options = { kernel: kernel(level), stride: unit === 0 ? stride : ONES }
      inner = activate(tape, `${name}.${unit}`, convolve(tape, `${name}.${unit}`, inner, outputs, options), slope)
    }
    if (units === 0) return inner
    const strided = stride.some((s) => s > 1)
    if (!strided && x.shape[1] === outputs) return tape.add(inner, x)
    return tape.add(
      inner,
      convolve(tape, `${name}.shortcut`, x, outputs, { kernel: strided ? kernel(level) : ONES, stride }),
    )
  }
  const up = (x: Tensor, level: number): Tensor => {
    const name = level === 0 ? 'head' : `decoder.${level}`
    const outputs = level === 0 ? config.outputChannels : channels[level - 1]
    const coarse = convolve(tape, `${name}.up`, x, outputs, { kernel: kernel(level) })
    if (level === 0 && units === 0) return coarse
    const fine = activate(tape, `${name}.up`, tape.upsample(coarse, strideOf(config, level)), slope)
    if (units === 0) return fine
    const inner = convolve(tape, `${name}.0`, fine, outputs, { kernel: kernel(level) })
    return tape.add(level === 0 ? inner : activate(tape, `${name}.0`, inner, slope), fine)
  }

  const skips: Tensor[] = []
  let x = image
  for (let level = 0; level <= last; level++) skips.push((x = down(x, level)))
  for (let level = last - 1; level >= 0; level--) x = up(tape.concat([skips[level], x], 1), level)
  return tape.add(x, tape.parameter('head.bias', [1, config.outputChannels, 1, 1, 1], { value: 0 }))
}
