import { EmendError } from '../../shared/errors'
import { networks } from '../networks/presets'
import {
  genesis,
  genesisOrgans,
  lapn,
  mergeMax,
  nnunet,
  regionContrast,
  teacherStudent,
  type Protocol,
} from './paperProtocols'
import { parseRecipe, type Recipe } from './recipe'

/** tiny: minutes on two cores. site: one workstation GPU, or a CPU over night. paper: the papers' sizes, a large GPU. */
export const presets = ['tiny', 'site', 'paper'] as const
export type Preset = (typeof presets)[number]

/** Abdominal CT at 2 x 2 x 3 mm by the student whose first convolution has stride 2. */
const abdomen = {
  format: 'emend-recipe/1',
  network: { kind: 'unet', base: 16, maxChannels: 320, levels: 4, stemStride: 2 },
  preprocess: {
    orientation: 'RAS',
    grid: { kind: 'spacing', mm: [2, 2, 3] },
    intensity: { kind: 'linear', clamp: [-160, 240], offset: -40, scale: 1 / 200 },
  },
  inference: { kind: 'patch', patch: [128, 128, 64], step: 0.75 },
  postprocess: { largestComponent: ['liver', 'spleen', 'pancreas', 'left-kidney', 'right-kidney', 'stomach'] },
  patch: [128, 128, 64],
  batch: 1,
  length: { unit: 'minutes', minutes: 60 },
  optimizer: { kind: 'adam', learningRate: 2e-3, decayPower: 0.9, warmupSteps: 20, clipNorm: 12 },
  averageDecay: 0.99,
  foregroundShare: 0.7,
  augmentation: {
    affineProbability: 0.7,
    rotationDegrees: [10, 10, 15],
    scale: [0.8, 1.25],
    mirror: [false, false, false],
    intensityProbability: 0.3,
    brightness: 0.2,
    contrast: [0.75, 1.3],
    gamma: [0.7, 1.4],
    noise: 0.15,
  },
  partialLabels: 'missing',
  corrections: { steps: 150, learningRate: 5e-4 },
}

/** The hippocampus of either side has the same two parts; front to back they would be swapped. */
const eitherSide = { ...nnunet, mirror: [true, false, false] }

/** MR crops around the hippocampus, 1 mm, padded to one size that holds every case. */
const hippocampus = {
  ...abdomen,
  network: { kind: 'unet', base: 12, maxChannels: 320, levels: 4, stemStride: 1 },
  preprocess: {
    orientation: 'RAS',
    grid: { kind: 'native' },
    intensity: { kind: 'z-score', clamp: [null, null] },
  },
  inference: { kind: 'patch', patch: [48, 64, 48], step: 0.5 },
  postprocess: { largestComponent: [] },
  patch: [48, 64, 48],
  batch: 2,
  length: { unit: 'minutes', minutes: 10 },
  optimizer: { ...abdomen.optimizer, warmupSteps: 10 },
  foregroundShare: 0,
  augmentation: {
    ...abdomen.augmentation,
    rotationDegrees: [15, 15, 15],
    scale: [0.85, 1.15],
    noise: 0.1,
  },
}

/** Planning CT of head and neck with whatever organs at risk were drawn; large voxels, so a small patch holds much. */
const headNeck = {
  ...abdomen,
  network: { kind: 'unet', base: 12, maxChannels: 320, levels: 4, stemStride: 1 },
  preprocess: {
    orientation: 'RAS',
    grid: { kind: 'spacing', mm: [4, 4, 3] },
    intensity: { kind: 'linear', clamp: [-200, 600], offset: -100, scale: 1 / 250 },
  },
  inference: { kind: 'patch', patch: [64, 64, 48], step: 0.5 },
  postprocess: { largestComponent: [] },
  patch: [64, 64, 48],
  batch: 2,
  length: { unit: 'minutes', minutes: 20 },
  partialLabels: 'marginal',
}

/** What a recipe for the abdomen by another network has of its own. */
interface AbdomenBy {
  readonly network: keyof typeof networks
  /** Voxels. */
  readonly patches: Readonly<Record<Preset, readonly number[]>>
  /** mm */
  readonly spacings: Readonly<Record<Preset, readonly number[]>>
  readonly own?: Readonly<Record<string, unknown>>
  readonly paper: Protocol
  /** From one window to the next, in `paper`; half of one, as nnU-Net, where left out. */
  readonly paperStep?: number
}

/** The abdomen by another network; `paper` as its paper trained it. */
function abdomenBy(
  name: string,
  { network, patches, spacings, own, paper, paperStep = 0.5 }: AbdomenBy,
): Record<Preset, unknown> {
  const at = (preset: Preset) => ({
    ...abdomen,
    ...own,
    name: `${name}-${preset}`,
    network: networks[network][preset],
    patch: patches[preset],
    inference: { kind: 'patch', patch: patches[preset], step: preset === 'paper' ? paperStep : 0.75 },
    preprocess: { ...abdomen.preprocess, grid: { kind: 'spacing', mm: spacings[preset] } },
  })
  return {
    tiny: at('tiny'),
    site: { ...at('site'), length: { unit: 'steps', steps: 20_000 }, augmentation: nnunet },
    paper: byProtocol(at('paper'), paper),
  }
}

/** A recipe that is trained as a paper says; what the paper leaves open stays as it is. */
function byProtocol<R extends { readonly preprocess: object }>(recipe: R, { intensity, ...rest }: Protocol): object {
  return { ...recipe, ...rest, preprocess: { ...recipe.preprocess, ...(intensity && { intensity }) } }
}

const cubes: AbdomenBy['spacings'] = { tiny: [2, 2, 3], site: [2, 2, 3], paper: [1, 1, 1] }
const large: AbdomenBy['patches'] = { tiny: [96, 96, 48], site: [128, 128, 64], paper: [192, 192, 192] }

const recipes: Readonly<Record<string, Readonly<Record<Preset, unknown>>>> = {
  abdomen: {
    tiny: { ...abdomen, name: 'abdomen-tiny' },
    site: {
      ...abdomen,
      name: 'abdomen-site',
      network: { ...abdomen.network, base: 24 },
      patch: [160, 160, 80],
      inference: { kind: 'patch', patch: [160, 160, 80], step: 0.75 },
      length: { unit: 'steps', steps: 20_000 },
      augmentation: nnunet,
      corrections: { steps: 1000, learningRate: 5e-4 },
    },
    /** The student of the LAPN paper, which its two-stem network teaches (`distill --teacher`). */
    paper: byProtocol(
      {
        ...abdomen,
        name: 'abdomen-paper',
        network: networks.student.paper,
        preprocess: { ...abdomen.preprocess, grid: { kind: 'spacing', mm: [1, 1, 1] } },
        patch: [192, 192, 192],
        inference: { kind: 'patch', patch: [192, 192, 192], step: 0.5 },
      },
      lapn,
    ),
  },
  'abdomen-two-stem': abdomenBy('abdomen-two-stem', {
    network: 'two-stem',
    patches: large,
    spacings: cubes,
    paper: lapn,
  }),
  'abdomen-inception': abdomenBy('abdomen-inception', {
    network: 'inception',
    patches: large,
    spacings: cubes,
    paper: teacherStudent('fine'),
  }),
  /** Looks at the whole body first (`segment --coarse`), as `teacher-student-coarse-to-fine` does. */
  'abdomen-coarse': abdomenBy('abdomen-coarse', {
    network: 'coarse',
    patches: { tiny: [80, 80, 64], site: [112, 112, 96], paper: [160, 160, 160] },
    spacings: { tiny: [5, 5, 5], site: [3.5, 3.5, 4], paper: [2.5, 2.5, 2.5] },
    paper: teacherStudent('coarse'),
  }),
  /** Partial labels and lesions of other cases, as `merge-max-context-cutmix` learns from them. */
  'abdomen-merge-max': abdomenBy('abdomen-merge-max', {
    network: 'deep',
    patches: { tiny: [96, 96, 48], site: [128, 128, 64], paper: [192, 192, 32] },
    spacings: { tiny: [2, 2, 3], site: [1.5, 1.5, 2.5], paper: [1.5, 1.5, 2.5] },
    own: { partialLabels: 'merge-max', cutMix: {} },
    paper: mergeMax,
  }),
  /** The network that `genesis-pretraining-self-training` restores spoiled patches with first (`pretrain --method genesis`). */
  'abdomen-genesis': abdomenBy('abdomen-genesis', {
    network: 'deeper',
    patches: { tiny: [96, 96, 48], site: [128, 128, 64], paper: [160, 160, 112] },
    spacings: { tiny: [2, 2, 3], site: [2, 2, 2.5], paper: [1.8, 1.8, 1.8] },
    paper: genesis,
  }),
  /** The network that the same paper segments organs and lesions with, by fused labels (`emend fuse --lesions-over-organs`). */
  'abdomen-thick': abdomenBy('abdomen-thick', {
    network: 'thick',
    patches: { tiny: [96, 96, 48], site: [128, 128, 64], paper: [192, 160, 56] },
    spacings: { tiny: [2, 2, 3], site: [1.2, 1.2, 2.5], paper: [0.8, 0.8, 2.5] },
    paper: genesisOrgans,
    paperStep: 1,
  }),
  /**
   * A plain U-Net with 64 channels at full resolution, which `localized-region-contrast` compares regions by, at its spacing
   * (`pretrain --method region`); the patch is ours, the paper tells none.
   */
  'abdomen-region': abdomenBy('abdomen-region', {
    network: 'deep',
    patches: { tiny: [96, 96, 48], site: [128, 128, 64], paper: [192, 192, 32] },
    spacings: { tiny: [2, 2, 3], site: [1.5, 1.5, 2.5], paper: [1, 1, 2.5] },
    paper: regionContrast,
  }),
  'head-neck': {
    tiny: { ...headNeck, name: 'head-neck-tiny' },
    site: {
      ...headNeck,
      name: 'head-neck-site',
      network: { ...headNeck.network, base: 24 },
      patch: [96, 96, 64],
      inference: { kind: 'patch', patch: [96, 96, 64], step: 0.5 },
      length: { unit: 'steps', steps: 10_000 },
      augmentation: nnunet,
    },
    paper: {
      ...headNeck,
      name: 'head-neck-paper',
      network: { ...headNeck.network, base: 32 },
      preprocess: { ...headNeck.preprocess, grid: { kind: 'spacing', mm: [3, 3, 2.5] } },
      patch: [128, 128, 96],
      inference: { kind: 'patch', patch: [128, 128, 96], step: 0.5 },
      batch: 4,
      length: { unit: 'steps', steps: 250_000 },
      augmentation: nnunet,
    },
  },
  hippocampus: {
    tiny: { ...hippocampus, name: 'hippocampus-tiny' },
    site: {
      ...hippocampus,
      name: 'hippocampus-site',
      network: { ...hippocampus.network, base: 24 },
      batch: 4,
      length: { unit: 'steps', steps: 8_000 },
      augmentation: eitherSide,
    },
    paper: {
      ...hippocampus,
      name: 'hippocampus-paper',
      network: { ...hippocampus.network, base: 32 },
      batch: 9,
      length: { unit: 'steps', steps: 250_000 },
      augmentation: eitherSide,
    },
  },
}

export const recipeNames: readonly string[] = Object.keys(recipes)

/** Which recipe suits a label schema when none is named. */
const recipeOfSchema: Readonly<Record<string, string>> = {
  flare23: 'abdomen',
  hippocampus: 'hippocampus',
  'head-neck': 'head-neck',
}

/**
 * A recipe that ships with Emend.
 * @throws EmendError naming those there are.
 */
export function recipeNamed(name: string, preset: Preset): Recipe {
  const found = recipes[name]
  if (!found) throw new EmendError(`there is no recipe '${name}'`, { hint: `there are ${recipeNames.join(', ')}` })
  return parseRecipe(found[preset], `${name} (${preset})`)
}

/** Whether a recipe that ships with Emend suits the schema. */
export const hasRecipeFor = (schema: string): boolean => Object.hasOwn(recipeOfSchema, schema)

/** @throws EmendError where no recipe is known for the schema. */
export function recipeForSchema(schema: string, preset: Preset): Recipe {
  const name = recipeOfSchema[schema]
  if (!name) {
    throw new EmendError(`no recipe is known for the schema '${schema}'`, {
      hint: 'name one with --recipe, by name or as a JSON file',
    })
  }
  return recipeNamed(name, preset)
}
