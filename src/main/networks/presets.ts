import type { NetworkConfig } from './network'
import type { Triple } from '../graph/resampling'
import type { ResidualUnetConfig } from './residualUnet'

export const presetNames = ['tiny', 'site', 'paper'] as const
export type PresetName = (typeof presetNames)[number]

type Body<Config> = Config extends unknown ? Omit<Config, 'inputChannels' | 'outputChannels'> : never
type Network = Body<NetworkConfig>

const residual = (channels: readonly number[], units: number): Body<ResidualUnetConfig> => ({
  kind: 'residual-unet',
  channels,
  units,
})

const flat: Triple = [1, 2, 2]
const cube: Triple = [2, 2, 2]
const flatFirst = [flat, cube, cube, cube, cube]
/** What nnU-Net's rules make of voxels of 0.8 x 0.8 x 2.5 mm in patches of 192 x 160 x 56. */
const flatEnds = [flat, cube, cube, cube, flat]
const flatKernels: Triple[] = [
  [1, 3, 3],
  [1, 3, 3],
]
const fullKernel: Triple = [3, 3, 3]

/**
 * The anatomical positional encoder of `lapn-unsupervised-representation`; its output has 64 channels. Five levels, as in the
 * paper, but for `tiny`: its views of 48 x 48 x 32 voxels are 3 x 3 x 2 at the fourth.
 */
const encoders = {
  tiny: { kind: 'unet', base: 12, maxChannels: 320, levels: 4, stemStride: 2 },
  site: residual([32, 64, 128, 256, 256], 2),
  paper: residual([64, 128, 256, 512, 512], 2),
} as const satisfies Record<PresetName, Network>

/**
 * Networks by what they are for, in three sizes: minutes on two cores, one workstation, the papers' own. Where a paper
 * tells only the totals of a network, the sizes here are chosen to meet them; `paperTable` has both side by side.
 */
export const networks = {
  /** The deployed student, plain and strided from the first convolution on. */
  student: {
    tiny: { kind: 'unet', base: 16, maxChannels: 320, levels: 4, stemStride: 2 },
    site: { kind: 'unet', base: 24, maxChannels: 320, levels: 4, stemStride: 2 },
    paper: residual([32, 64, 128, 256, 512], 0),
  },
  /** The plain U-Net at full resolution, five levels deep; `paper` has the sizes of the merge-max paper's nnU-Net. */
  deep: {
    tiny: { kind: 'unet', base: 8, maxChannels: 320, levels: 5, stemStride: 1 },
    site: { kind: 'unet', base: 24, maxChannels: 320, levels: 5, stemStride: 1 },
    paper: { kind: 'unet', base: 64, maxChannels: 1024, levels: 5, stemStride: 1, pools: [flat, flat, cube, cube] },
  },
  /** Six levels at full resolution (five in `tiny`); `paper` has the sizes of the network that the Genesis paper labels lesions with. */
  deeper: {
    tiny: { kind: 'unet', base: 8, maxChannels: 320, levels: 5, stemStride: 1 },
    site: { kind: 'unet', base: 16, maxChannels: 320, levels: 6, stemStride: 1, pools: flatFirst },
    paper: { kind: 'unet', base: 32, maxChannels: 1024, levels: 6, stemStride: 1, pools: flatFirst },
  },
  /**
   * For thick slices; `paper` has the sizes of the Genesis paper's network for organs and lesions: of the plans of six levels
   * with these pools the one that comes nearest, 0.3 % more weights and 3.6 % fewer multiply-adds.
   */
  thick: {
    tiny: { kind: 'unet', base: 8, maxChannels: 320, levels: 5, stemStride: 1, pools: flatFirst.slice(0, 4) },
    site: { kind: 'unet', base: 24, maxChannels: 320, levels: 6, stemStride: 1, pools: flatEnds },
    paper: {
      kind: 'unet',
      base: 48,
      maxChannels: 512,
      levels: 6,
      stemStride: 1,
      kernels: [...flatKernels, fullKernel, fullKernel, fullKernel, fullKernel],
      pools: flatEnds,
    },
  },
  position: encoders,
  'two-stem': {
    tiny: {
      kind: 'two-stem',
      encoder: encoders.tiny,
      encodingChannels: 64,
      stem: { channels: 4, convolutions: 1 },
      segmenter: { kind: 'unet', base: 16, maxChannels: 320, levels: 4, stemStride: 2 },
    },
    site: {
      kind: 'two-stem',
      encoder: encoders.site,
      encodingChannels: 64,
      stem: { channels: 8, convolutions: 1 },
      segmenter: residual([32, 64, 128, 256, 512], 0),
    },
    paper: {
      kind: 'two-stem',
      encoder: encoders.paper,
      encodingChannels: 64,
      stem: { channels: 8, convolutions: 2 },
      segmenter: residual([64, 96, 192, 256, 512], 0),
    },
  },
  /**
   * Fine model of `teacher-student-coarse-to-fine`. The paper speaks of anisotropic convolution and pooling, and says neither which
   * kernels nor which strides; what it does say (two convolutions, the first strided by 2, which halve the features) is isotropic, and
   * so are these.
   */
  inception: {
    tiny: { kind: 'inception-unet', channels: [8, 16, 32, 64], inception: true, squeezeExcitation: true },
    site: { kind: 'inception-unet', channels: [16, 32, 64, 128, 256], inception: true, squeezeExcitation: true },
    paper: { kind: 'inception-unet', channels: [16, 64, 128, 256, 512], inception: true, squeezeExcitation: true },
  },
  /** Its coarse model, which finds the region of interest. */
  coarse: {
    tiny: { kind: 'inception-unet', channels: [8, 16, 32], inception: true, squeezeExcitation: true },
    site: { kind: 'inception-unet', channels: [16, 32, 64, 128], inception: true, squeezeExcitation: true },
    paper: { kind: 'inception-unet', channels: [16, 32, 64, 128, 256], inception: true, squeezeExcitation: true },
  },
} as const satisfies Record<string, Record<PresetName, Network>>

export type NetworkName = keyof typeof networks
export const networkNames = Object.keys(networks) as NetworkName[]

/** A network of a preset, for so many channels; `outputChannels` counts background. */
export const presetNetwork = (
  name: NetworkName,
  preset: PresetName,
  inputChannels: number,
  outputChannels: number,
): NetworkConfig => ({ ...networks[name][preset], inputChannels, outputChannels })

/** The student network of a preset. `outputChannels` counts background. */
export const studentConfig = (preset: PresetName, inputChannels: number, outputChannels: number): NetworkConfig =>
  presetNetwork('student', preset, inputChannels, outputChannels)

/** One line of the papers' tables: a network and what they say of it. */
export interface PaperNetwork {
  readonly paper: string
  readonly what: string
  readonly config: NetworkConfig
  /** [D, H, W] */
  readonly patch: Triple
  /** Parts that the paper counts elsewhere: weights whose names start so, and their multiply-adds. */
  readonly without?: { readonly prefix: string; readonly config: NetworkConfig }
  /** Millions, and thousands of millions of multiply-adds; null where the paper does not tell. */
  readonly parameters: number | null
  readonly multiplyAdds: number | null
}

const CLASSES = 15
const lapn = 'lapn-unsupervised-representation'
const position = presetNetwork('position', 'paper', 1, 64)

export const paperTable: readonly PaperNetwork[] = [
  {
    paper: lapn,
    what: 'positional encoder (LAPN)',
    config: position,
    patch: [192, 192, 192],
    parameters: 44.81,
    multiplyAdds: 1535.12,
  },
  {
    paper: lapn,
    what: 'two-stem segmentation, without LAPN',
    config: presetNetwork('two-stem', 'paper', 1, CLASSES),
    without: { prefix: 'position.', config: position },
    patch: [192, 192, 192],
    parameters: 10.94,
    multiplyAdds: 285,
  },
  {
    paper: lapn,
    what: 'distilled student',
    config: presetNetwork('student', 'paper', 1, CLASSES),
    patch: [192, 192, 192],
    parameters: 7.94,
    multiplyAdds: 6.37,
  },
  {
    paper: 'merge-max-context-cutmix',
    what: 'nnU-Net',
    config: presetNetwork('deep', 'paper', 1, CLASSES),
    patch: [32, 192, 192],
    parameters: 88.62,
    multiplyAdds: 2036,
  },
  {
    paper: 'genesis-pretraining-self-training',
    what: 'tumour network',
    config: presetNetwork('deeper', 'paper', 1, 2),
    patch: [112, 160, 160],
    parameters: 88.21,
    multiplyAdds: 913.4,
  },
  {
    paper: 'genesis-pretraining-self-training',
    what: 'organ and lesion network',
    config: presetNetwork('thick', 'paper', 1, CLASSES),
    patch: [56, 160, 192],
    parameters: 71.02,
    multiplyAdds: 727.76,
  },
  {
    paper: 'teacher-student-coarse-to-fine',
    what: 'fine model',
    config: presetNetwork('inception', 'paper', 1, CLASSES),
    patch: [192, 192, 192],
    parameters: null,
    multiplyAdds: null,
  },
  {
    paper: 'teacher-student-coarse-to-fine',
    what: 'coarse model',
    config: presetNetwork('coarse', 'paper', 1, CLASSES),
    patch: [160, 160, 160],
    parameters: null,
    multiplyAdds: null,
  },
]
