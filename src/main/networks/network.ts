import { multiplyAdds } from '../graph/cost'
import { Graph } from '../graph/graph'
import type { Tensor } from '../graph/graph'
import { encodeInference } from '../graph/inference'
import { drawParameters } from '../graph/parameters'
import type { NamedParameters, ParameterSpec } from '../graph/parameters'
import type { Triple } from '../graph/resampling'
import { Tape } from '../graph/tape'
import { seededRandom } from '../../shared/random'
import { joined, outputStrideOfJoined, totalStrideOfJoined } from './joined'
import type { JoinedConfig } from './joined'
import { outputStrideOfSingle, singleNetwork, totalStrideOfSingle } from './singleNetwork'
import type { SingleNetworkConfig } from './singleNetwork'
import { outputStrideOfTwoStem, totalStrideOfTwoStem, twoStem } from './twoStem'
import type { TwoStemConfig } from './twoStem'

/** A network as data: what `model.json` keeps under `network`. */
export type NetworkConfig = SingleNetworkConfig | TwoStemConfig | JoinedConfig

export interface NetworkOptions {
  /**
   * 1 (the default): logits upsampled to the image's resolution. 'stem': logits as the network's stride leaves them, that
   * much smaller, for a caller who resamples to another grid anyway.
   */
  readonly outputStride?: 1 | 'stem'
  /** Of LeakyReLU below zero; tests take 1, where gradients are smooth. */
  readonly slope?: number
}

/** Sizes of the image along [D, H, W] must be multiples of this. */
export function totalStride(config: NetworkConfig): Triple {
  if (config.kind === 'two-stem') return totalStrideOfTwoStem(config)
  return config.kind === 'joined' ? totalStrideOfJoined(config) : totalStrideOfSingle(config)
}

/** Image voxels to one voxel of the logits, before they are upsampled. */
export function outputStride(config: NetworkConfig): Triple {
  if (config.kind === 'two-stem') return outputStrideOfTwoStem(config)
  return config.kind === 'joined' ? outputStrideOfJoined(config) : outputStrideOfSingle(config)
}

function logitsOf(tape: Tape, image: Tensor, config: NetworkConfig, slope?: number): Tensor {
  if (config.kind === 'two-stem') return twoStem(tape, image, config, slope)
  return config.kind === 'joined' ? joined(tape, image, config, slope) : singleNetwork(tape, image, config, slope)
}

/** Emits the network onto the tape: image [N, C, D, H, W], sizes multiples of `totalStride`, to logits [N, K, ...]. */
export function buildNetwork(tape: Tape, image: Tensor, config: NetworkConfig, options: NetworkOptions = {}): Tensor {
  if (image.shape[1] !== config.inputChannels) {
    throw new Error(`the network takes ${config.inputChannels} channels, the image has ${image.shape[1]}`)
  }
  const stride = totalStride(config)
  if (stride.some((s, axis) => image.shape[axis + 2] % s !== 0)) {
    throw new Error(`sizes ${image.shape.slice(2).join('x')} are no multiples of ${stride.join('x')}`)
  }
  const logits = logitsOf(tape, image, config, options.slope)
  return options.outputStride === 'stem' ? logits : tape.upsample(logits, outputStride(config))
}

/** The network's weights: names, shapes, and how each starts. */
export function networkParameters(config: NetworkConfig): readonly ParameterSpec[] {
  const g = new Graph()
  const tape = new Tape(g, ({ name, shape }) => g.input(name, shape))
  buildNetwork(tape, g.input('image', [1, config.inputChannels, ...totalStride(config)]), config)
  return tape.parameters
}

export const parameterCount = (config: NetworkConfig): number =>
  networkParameters(config).reduce((sum, { size }) => sum + size, 0)

/** Multiply-adds of one pass over an image of [D, H, W] voxels, counted on the graph itself. */
export function multiplyAddsOf(config: NetworkConfig, size: Triple): number {
  const g = new Graph()
  const tape = new Tape(g, ({ name, shape }) => g.input(name, shape))
  g.output('logits', buildNetwork(tape, g.input('image', [1, config.inputChannels, ...size]), config))
  return multiplyAdds(g.plan())
}

/**
 * Fresh weights by He's rule; the same seed gives the same weights. Each tensor has a random stream of its own, so that
 * another head leaves the layers before it as they were.
 */
export const initialParameters = (config: NetworkConfig, seed: number): Map<string, Float32Array> =>
  drawParameters(networkParameters(config), (name) => seededRandom(seed).fork(name).normal)

/** The trained network as the bytes of `network.onnx`: input `image`, output `logits`, any multiple of `totalStride`. */
export const encodeNetwork = (
  config: NetworkConfig,
  parameters: NamedParameters,
  options: NetworkOptions = {},
): Uint8Array =>
  encodeInference(
    (tape, image) => buildNetwork(tape, image, config, options),
    { inputChannels: config.inputChannels, multipleOf: totalStride(config) },
    parameters,
  )
