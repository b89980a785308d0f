import type { NetworkConfig } from './network'

export const presetNames = ['tiny', 'site', 'paper'] as const
export type PresetName = (typeof presetNames)[number]

type Sizes = Pick<NetworkConfig, 'kind' | 'base' | 'maxChannels' | 'levels' | 'stemStride'>

/** The student in three sizes: minutes on two cores, one workstation, the LAPN paper's 7.9 M parameters. */
const sizes: Record<PresetName, Sizes> = {
  tiny: { kind: 'unet', base: 16, maxChannels: 320, levels: 4, stemStride: 2 },
  site: { kind: 'unet', base: 24, maxChannels: 320, levels: 4, stemStride: 2 },
  paper: { kind: 'unet', base: 20, maxChannels: 300, levels: 5, stemStride: 2 },
}

/** The student network of a preset. `outputChannels` counts background. */
export const studentConfig = (preset: PresetName, inputChannels: number, outputChannels: number): NetworkConfig => ({
  ...sizes[preset],
  inputChannels,
  outputChannels,
})
