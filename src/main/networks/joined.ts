import type { Tensor } from '../graph/graph'
import type { Triple } from '../graph/resampling'
import type { Tape } from '../graph/tape'
import { commonMultiple, head } from './layers'
import { stemStride, totalStride, unetFeatures } from './unet'
import type { UnetConfig } from './unet'

export type UnetBody = Omit<UnetConfig, 'inputChannels' | 'outputChannels'>

/**
 * Two U-Nets side by side under one head (`localized-region-contrast`, section 2.2): one was pre-trained by contrast of
 * regions, encoder and decoder, the other's encoder by contrast of whole images. Their weights are named `local.` and
 * `global.`. Both have the same stride of the first convolution.
 */
export interface JoinedConfig {
  readonly kind: 'joined'
  readonly inputChannels: number
  readonly outputChannels: number
  readonly local: UnetBody
  readonly global: UnetBody
}

export const totalStrideOfJoined = ({ local, global }: JoinedConfig): Triple =>
  commonMultiple(totalStride(local), totalStride(global))

export const outputStrideOfJoined = ({ local }: JoinedConfig): Triple => stemStride(local)

/** Gives logits at the stem's resolution. */
export function joined(tape: Tape, image: Tensor, config: JoinedConfig, slope?: number): Tensor {
  const { inputChannels, outputChannels } = config
  const features = (part: 'local' | 'global'): Tensor =>
    tape.within(part, { frozen: false }, () =>
      unetFeatures(tape, image, { ...config[part], inputChannels, outputChannels }, slope),
    )
  return head(tape, tape.concat([features('local'), features('global')], 1), outputChannels)
}
