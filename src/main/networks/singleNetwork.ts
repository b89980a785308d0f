import type { Tensor } from '../graph/graph'
import type { Triple } from '../graph/resampling'
import type { Tape } from '../graph/tape'
import * as inception from './inceptionUnet'
import { ONES } from './layers'
import * as residual from './residualUnet'
import * as plain from './unet'

/** A network that takes nothing but the image. */
export type SingleNetworkConfig = plain.UnetConfig | residual.ResidualUnetConfig | inception.InceptionUnetConfig

/** Emits the network: logits at its output's stride. */
export function singleNetwork(tape: Tape, image: Tensor, config: SingleNetworkConfig, slope?: number): Tensor {
  if (config.kind === 'unet') return plain.unet(tape, image, config, slope)
  if (config.kind === 'residual-unet') return residual.residualUnet(tape, image, config, slope)
  return inception.inceptionUnet(tape, image, config, slope)
}

export function totalStrideOfSingle(config: SingleNetworkConfig): Triple {
  if (config.kind === 'unet') return plain.totalStride(config)
  return config.kind === 'residual-unet' ? residual.totalStride(config) : inception.totalStride(config)
}

export function outputStrideOfSingle(config: SingleNetworkConfig): Triple {
  if (config.kind === 'unet') return plain.stemStride(config)
  return config.kind === 'residual-unet' ? residual.outputStride(config) : ONES
}
