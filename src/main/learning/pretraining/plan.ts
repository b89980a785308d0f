import { EmendError } from '../../../shared/errors'
import type { Vec3 } from '../../../shared/geometry/affine'
import { totalStride } from '../../networks/network'
import type { UnetBody } from '../../networks/joined'
import type { ProjectionSizes } from '../../networks/projection'
import type { SingleNetworkBody } from '../../networks/twoStem'
import { epochs } from '../paperProtocols'
import { parseRecipe, type Length, type Recipe } from '../recipe'
import { recipeNamed, recipeNames, type Preset } from '../presets'
import type { ElasticOptions } from './elastic'
import type { RegionOptions } from './felzenszwalb'
import { genesisTransforms, type GenesisTransforms } from './genesisTransforms'
import type { OverlapOptions } from './overlap'

export const pretrainingMethods = ['genesis', 'position', 'region'] as const
export type PretrainingMethod = (typeof pretrainingMethods)[number]

/** A momentum encoder and the queue of what it gave (He et al., MoCo, 2020). */
export interface MomentumSettings {
  /** How much of the momentum encoder's weights stays at each step. */
  readonly decay: number
  /** Keys in the queue. */
  readonly queue: number
  readonly temperature: number
}

/** Model Genesis: what is restored from how spoiled a patch (`genesis-pretraining-self-training`, section 2.2). */
export interface GenesisSettings {
  readonly transforms: GenesisTransforms
  readonly norm: 'L1' | 'L2'
}

/** Anatomical positional encoding (`lapn-unsupervised-representation`, section 2.2 and table 2). */
export interface PositionSettings extends MomentumSettings {
  /** Of the encoding of a voxel. */
  readonly dimensions: number
  /** Corresponding points of a pair of views. */
  readonly points: number
  readonly overlap: OverlapOptions
  /** Whether each view's intensities are changed on their own, as the recipe's augmentation says; not in the paper. */
  readonly intensities: boolean
  /** How one view of a pair is bent, which stands in for what differs from patient to patient; not in the paper. */
  readonly elastic: ElasticOptions | null
}

/** Contrast of regions, and of whole images beside it (`localized-region-contrast`, section 2.1). */
export interface RegionSettings {
  readonly regions: RegionOptions
  /** Most regions of an image that are contrasted in a step, and voxels that each one's mean is over (N of table 3). */
  readonly count: number
  readonly samples: number
  /** Of the features that regions are compared by, D. */
  readonly dimensions: number
  readonly temperature: number
  readonly elastic: ElasticOptions
  readonly global: MomentumSettings & { readonly projection: ProjectionSizes; readonly weight: number }
}

interface Common {
  /** Of the initialisation that comes of it. */
  readonly name: string
  /** The recipe that trains on what was pre-trained in the way of its paper. */
  readonly fineTuning: Recipe
  /** Voxels i, j, k of one view. */
  readonly patch: Vec3
  readonly batch: number
  readonly length: Length
  readonly optimizer: Recipe['optimizer']
  /** Added to the gradient, times the weight. */
  readonly weightDecay: number
}

export type PlanOf<Method extends PretrainingMethod> = Extract<PretrainingPlan, { method: Method }>

/** All that a pre-training depends on, apart from its images and its seed. */
export type PretrainingPlan =
  | (Common & { readonly method: 'genesis'; readonly network: SingleNetworkBody; readonly settings: GenesisSettings })
  | (Common & { readonly method: 'position'; readonly network: SingleNetworkBody; readonly settings: PositionSettings })
  | (Common & { readonly method: 'region'; readonly network: UnetBody; readonly settings: RegionSettings })

/** What of the recipe's patch a view holds along each side. */
const patchShare: Readonly<Record<PretrainingMethod, Readonly<Record<Preset, number>>>> = {
  genesis: { tiny: 2 / 3, site: 1, paper: 1 },
  position: { tiny: 1 / 2, site: 3 / 4, paper: 1 },
  region: { tiny: 2 / 3, site: 1, paper: 1 },
}

const momentum: Readonly<Record<Preset, Pick<MomentumSettings, 'decay' | 'queue'>>> = {
  tiny: { decay: 0.99, queue: 2048 },
  site: { decay: 0.999, queue: 16_384 },
  paper: { decay: 0.999, queue: 65_536 },
}

const lengths: Readonly<Record<Exclude<Preset, 'paper'>, Length>> = {
  tiny: { unit: 'minutes', minutes: 5 },
  site: { unit: 'steps', steps: 20_000 },
}

/**
 * - genesis: its paper does not say how long it pre-trains; this is an nnU-Net's, and its network for organs' (table 4)
 * - position: 500 epochs (`lapn-unsupervised-representation`, table 2)
 * - region: 200 epochs of the global branch (`localized-region-contrast`, section 3.3), which trains beside the local one here,
 *   though 30 are enough for that
 *
 * None says how many steps an epoch has.
 */
const paperLengths: Readonly<Record<PretrainingMethod, Length>> = {
  genesis: epochs(1000),
  position: epochs(500),
  region: epochs(200),
}

const bending: ElasticOptions = { grid: 12, deviation: 3 }

const positionSettings = (preset: Preset): PositionSettings => ({
  ...momentum[preset],
  temperature: 0.1,
  dimensions: 64,
  points: { tiny: 256, site: 512, paper: 2048 }[preset],
  overlap: { leastShare: 1 / 8, scaling: 0.1 },
  intensities: preset !== 'paper',
  elastic: preset === 'paper' ? null : bending,
})

const regionSettings = (preset: Preset): RegionSettings => ({
  regions: {
    // In 3-D there are more ways around an edge, and regions run into one another sooner.
    scale: preset === 'paper' ? 100 : 30,
    sigma: 0.8,
    minSize: preset === 'paper' ? 50 : 100,
    within: preset === 'paper' ? 'slices' : 'volume',
    neighbours: preset === 'paper' ? 'corners' : 'faces',
  },
  count: { tiny: 24, site: 32, paper: 64 }[preset],
  samples: 50,
  dimensions: 64,
  temperature: 0.1,
  elastic: bending,
  global: {
    decay: momentum[preset].decay,
    queue: { tiny: 256, site: 1024, paper: 4096 }[preset],
    temperature: 0.1,
    projection: { hidden: 128, outputs: 64 },
    weight: 1,
  },
})

/**
 * How a method pre-trains the network of a recipe.
 * @throws EmendError where it cannot: contrast of regions takes a plain U-Net, and a network with two stems takes nothing
 * but a positional encoding.
 */
export function planOf(method: PretrainingMethod, recipe: Recipe, preset: Preset): PretrainingPlan {
  const learningRate = { tiny: 2e-3, site: 1e-3, paper: method === 'genesis' ? 1e-3 : 1e-4 }[preset]
  const common = {
    name: `${recipe.name}-${method}`,
    patch: patchOf(recipe, patchShare[method][preset]),
    batch: method === 'genesis' ? recipe.batch : 1,
    length: preset === 'paper' ? paperLengths[method] : lengths[preset],
    optimizer: { ...recipe.optimizer, kind: 'adam', learningRate } as const,
    weightDecay: method === 'region' ? 1e-4 : 0,
  }
  if (method === 'position') {
    const settings = positionSettings(preset)
    const fineTuning = withTwoStems(recipe, settings.dimensions)
    return { ...common, method, fineTuning, network: encoderOf(fineTuning), settings }
  }
  const { network } = recipe
  if (network.kind === 'two-stem' || network.kind === 'joined') {
    throw new EmendError(`${method} cannot pre-train the ${network.kind} network of the recipe ${recipe.name}`, {
      hint: network.kind === 'two-stem' ? 'pre-train it by position' : 'pre-train a recipe with a plain network',
    })
  }
  if (method === 'genesis') {
    return { ...common, method, fineTuning: recipe, network, settings: { transforms: genesisTransforms, norm: 'L2' } }
  }
  if (network.kind !== 'unet') {
    const plain = recipeNames.filter((name) => recipeNamed(name, preset).network.kind === 'unet')
    throw new EmendError(`region cannot pre-train the ${network.kind} of the recipe ${recipe.name}`, {
      hint: `contrast of regions takes a recipe with a plain U-Net: ${plain.join(', ')}`,
    })
  }
  const fineTuning = parseRecipe(
    {
      ...recipe,
      name: `${recipe.name}-joined`,
      network: { kind: 'joined', local: network, global: network },
      // Section 3.3: the same decay as in pre-training, by whatever recipe.
      ...(preset === 'paper' && { optimizer: { ...recipe.optimizer, weightDecay: common.weightDecay } }),
    },
    'with joined networks',
  )
  return { ...common, method, fineTuning, network, settings: regionSettings(preset) }
}

/** The same plan for another length of time. */
export const lasting = (plan: PretrainingPlan, length: Length): PretrainingPlan => ({ ...plan, length })

/**
 * The same plan with another batch, or views of another size.
 * @throws EmendError where the network cannot halve the views as often as it must.
 */
export function sized(
  plan: PretrainingPlan,
  { batch = plan.batch, patch = plan.patch }: { readonly batch?: number; readonly patch?: Vec3 },
): PretrainingPlan {
  const [k, j, i] = totalStride({ ...plan.network, inputChannels: 1, outputChannels: 1 })
  if ([i, j, k].some((stride, axis) => patch[axis] % stride !== 0)) {
    throw new EmendError(
      `${plan.name} cannot have views of ${patch.join('x')} voxels, which its network cannot halve`,
      {
        hint: `each side must be a multiple of ${[i, j, k].join(', ')}`,
      },
    )
  }
  return { ...plan, batch, patch }
}

/** The recipe with its network as the segmenter beside a positional encoder of the same kind; as it is, with two stems. */
function withTwoStems(recipe: Recipe, encodingChannels: number): Recipe {
  const { network } = recipe
  if (network.kind === 'two-stem') return recipe
  if (network.kind === 'joined') throw new EmendError(`the recipe ${recipe.name} has two networks already`)
  const stem = { channels: 4, convolutions: 1 }
  return parseRecipe(
    {
      ...recipe,
      name: `${recipe.name}-two-stem`,
      network: { kind: 'two-stem', encoder: network, encodingChannels, stem, segmenter: network },
    },
    'with two stems',
  )
}

function encoderOf({ name, network }: Recipe): SingleNetworkBody {
  if (network.kind !== 'two-stem') throw new Error(`the recipe ${name} has no positional encoder`)
  return network.encoder
}

/** A share of the recipe's patch, as far as the network halves it. */
function patchOf({ patch, network }: Recipe, share: number): Vec3 {
  const [k, j, i] = totalStride({ ...network, inputChannels: 1, outputChannels: 1 })
  const side = (n: number, stride: number): number => Math.max(2, Math.round((share * n) / stride)) * stride
  return [side(patch[0], i), side(patch[1], j), side(patch[2], k)]
}
