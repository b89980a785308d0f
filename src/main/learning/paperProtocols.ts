import type { Intensity } from '../segmentation/manifest'
import { noAugmentation, type Augmentation, type Length, type Recipe } from './recipe'

/** How a paper trained its networks: what its preset has besides network, patch and spacing. */
export interface Protocol {
  /** Where the paper's are its data set's own (`emend plan` finds those), this is left out. */
  readonly intensity?: Intensity
  readonly optimizer: Recipe['optimizer']
  readonly batch: number
  readonly length: Length
  readonly foregroundShare: number
  readonly augmentation: Augmentation
  readonly corrections: Recipe['corrections']
}

/** nnU-Net's epoch, and what is taken for one where a paper does not say how long its own is. */
const STEPS_AN_EPOCH = 250
export const epochs = (count: number, stepsEach = STEPS_AN_EPOCH): Length => ({
  unit: 'steps',
  steps: count * stepsEach,
})

/** Ours: the papers' tables say neither how a run begins nor where gradients are cut. */
const steady = { warmupSteps: 20, clipNorm: 12, decayPower: 0.9 }

/** Nesterov's momentum of 0.99 is `nesterovSgd`'s. */
const sgd = { ...steady, kind: 'sgd', learningRate: 0.01 } as const

/** `lapn-unsupervised-representation`, sections 2.1 and 3.2, tables 3 and 4: random patches, and no augmentation at all. */
export const lapn: Protocol = {
  intensity: { kind: 'linear', clamp: [-500, 700], offset: -100, scale: 1 / 600 },
  optimizer: { ...steady, kind: 'adam', learningRate: 1e-4, decay: { kind: 'cosine' } },
  batch: 1,
  length: epochs(1000),
  foregroundShare: 0,
  augmentation: noAugmentation,
  corrections: { steps: 5000, learningRate: 2e-5 },
}

/**
 * After nnU-Net (Isensee et al. 2021), as far as a recipe goes: contrast, gamma and noise share their odds here, and nothing is
 * mirrored, which would mix up left and right. Elastic deformation is the papers' own; by how much they do not say.
 */
export const nnunet: Augmentation = {
  ...noAugmentation,
  affineProbability: 0.2,
  rotationDegrees: [30, 30, 30],
  scale: [0.7, 1.4],
  intensityProbability: 0.15,
  contrast: [0.75, 1.25],
  gamma: [0.7, 1.5],
  noise: 0.3,
  elastic: { probability: 0.2, spacingMm: 60, deviationMm: 6 },
  blur: { probability: 0.2, sigma: [0.5, 1] },
  lowResolution: { probability: 0.25, zoom: [0.5, 1] },
}

/**
 * `merge-max-context-cutmix`, section 3.2 and table 2: its coarse model. The rate falls over all 1,200 epochs (1,000 in the
 * table).
 */
export const mergeMax: Protocol = {
  optimizer: sgd,
  batch: 4,
  length: epochs(1200),
  foregroundShare: 0.7,
  augmentation: nnunet,
  corrections: { steps: 5000, learningRate: 1e-3 },
}

/**
 * `genesis-pretraining-self-training`, section 3.2 and table 3: the network that lesions are labelled with. Of patches on a
 * structure it says nothing: a third is nnU-Net's.
 */
export const genesis: Protocol = { ...mergeMax, batch: 2, length: epochs(2000), foregroundShare: 1 / 3 }

/** The same paper's table 4: the network for organs and lesions, which learns from fused labels. */
export const genesisOrgans: Protocol = { ...genesis, length: epochs(1000) }

/**
 * `localized-region-contrast`, section 3.3: Adam with a decay of 1e-4. It says no more of how it trains; the rate is `lapn`'s, which
 * is Adam's too, and the length that of an nnU-Net.
 */
export const regionContrast: Protocol = {
  optimizer: { ...steady, kind: 'adam', learningRate: 1e-4, weightDecay: 1e-4, decay: { kind: 'cosine' } },
  batch: 1,
  length: epochs(1000),
  foregroundShare: 1 / 3,
  augmentation: noAugmentation,
  corrections: { steps: 5000, learningRate: 2e-5 },
}

/**
 * `teacher-student-coarse-to-fine`, sections 2.2 and 3.2, tables 2 and 3. An epoch is once through its 4,000 cases, two a
 * step. Contrast and turning are its augmentation; by how much it does not say.
 * @param model which of its two networks
 */
export const teacherStudent = (model: 'coarse' | 'fine'): Protocol => {
  const [count, learningRate] = model === 'coarse' ? [150, 0.01] : [200, 0.001]
  return {
    intensity: { kind: 'z-score', clamp: [-325, 325] },
    optimizer: { ...sgd, learningRate, decay: { kind: 'halving', parts: count / 50 } },
    batch: 2,
    length: epochs(count, 2000),
    foregroundShare: 0,
    augmentation: {
      ...noAugmentation,
      affineProbability: 0.7,
      rotationDegrees: [10, 10, 15],
      intensityProbability: 0.3,
      contrast: [0.75, 1.3],
    },
    corrections: { steps: 5000, learningRate: learningRate / 10 },
  }
}
