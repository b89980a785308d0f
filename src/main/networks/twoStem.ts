import type { Tensor } from '../graph/graph'
import type { Triple } from '../graph/resampling'
import type { Tape } from '../graph/tape'
import { commonMultiple, layer } from './layers'
import { outputStrideOfSingle, singleNetwork, totalStrideOfSingle } from './singleNetwork'
import type { SingleNetworkConfig } from './singleNetwork'

type Body<Config> = Config extends unknown ? Omit<Config, 'inputChannels' | 'outputChannels'> : never

/** A network's configuration but for the channels, which follow from where it stands. */
export type SingleNetworkBody = Body<SingleNetworkConfig>

/**
 * The segmentation network of `lapn-unsupervised-representation` (section 2.2, "Downstream segmentation network"): a
 * first layer each for the image and for its anatomical positional encoding, whose features go on together. The encoder
 * is part of the network, so that it takes an image like any other; it is not trained with it.
 */
export interface TwoStemConfig {
  readonly kind: 'two-stem'
  readonly inputChannels: number
  readonly outputChannels: number
  /** The pre-trained network that gives a position to every voxel; its weights are named `position.`. */
  readonly encoder: SingleNetworkBody
  /** Dimensions of the positional encoding; 64 in the paper. */
  readonly encodingChannels: number
  readonly stem: { readonly channels: number; readonly convolutions: number }
  /** What takes both stems' features. */
  readonly segmenter: SingleNetworkBody
}

export const encoderConfig = ({ encoder, inputChannels, encodingChannels }: TwoStemConfig): SingleNetworkConfig => ({
  ...encoder,
  inputChannels,
  outputChannels: encodingChannels,
})

const segmenterConfig = ({ segmenter, stem, outputChannels }: TwoStemConfig): SingleNetworkConfig => ({
  ...segmenter,
  inputChannels: 2 * stem.channels,
  outputChannels,
})

export const totalStrideOfTwoStem = (config: TwoStemConfig): Triple =>
  commonMultiple(totalStrideOfSingle(encoderConfig(config)), totalStrideOfSingle(segmenterConfig(config)))

export const outputStrideOfTwoStem = (config: TwoStemConfig): Triple => outputStrideOfSingle(segmenterConfig(config))

/** Features [N, C, ...] with each voxel's vector brought to length 1, as contrast compares them. */
export function normaliseVoxels(tape: Tape, features: Tensor): Tensor {
  const squares = tape.sum(tape.mul(features, features), [1])
  return tape.div(features, tape.sqrt(tape.add(squares, 1e-12)))
}

/** The positional encoding of an image, [N, E, D, H, W] at the image's resolution, of length 1 at each voxel. */
export function positionalEncoding(tape: Tape, image: Tensor, config: SingleNetworkConfig, slope?: number): Tensor {
  const encoding = singleNetwork(tape, image, config, slope)
  return normaliseVoxels(tape, tape.upsample(encoding, outputStrideOfSingle(config)))
}

/** Gives logits at the segmenter's output stride. */
export function twoStem(tape: Tape, image: Tensor, config: TwoStemConfig, slope?: number): Tensor {
  const position = tape.within('position', { frozen: true }, () =>
    positionalEncoding(tape, image, encoderConfig(config), slope),
  )
  const stem = (name: string, from: Tensor): Tensor => {
    let x = from
    for (let n = 0; n < config.stem.convolutions; n++) {
      x = layer(tape, `stem.${name}.${n}`, x, config.stem.channels, { slope })
    }
    return x
  }
  const both = tape.concat([stem('image', image), stem('position', position)], 1)
  return singleNetwork(tape, both, segmenterConfig(config), slope)
}
