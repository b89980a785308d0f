import * as v from 'valibot'
import { EmendError } from '../../shared/errors'
import { Inference, Postprocess, Preprocess } from '../segmentation/manifest'

const count = v.pipe(v.number(), v.integer(), v.minValue(1))
const positive = v.pipe(v.number(), v.gtValue(0))
const fraction = v.pipe(v.number(), v.minValue(0), v.maxValue(1))
const atLeastZero = v.pipe(v.number(), v.minValue(0))
const triple = <T extends v.GenericSchema>(item: T) => v.strictTuple([item, item, item])
const range = v.pipe(
  v.strictTuple([positive, positive]),
  v.check(([low, high]) => low <= high, 'a range runs from low to high'),
)

/** Random changes of a patch. Each kind is drawn anew for each patch; intensities are in the network's units. */
export const Augmentation = v.strictObject({
  /** How often a patch is turned and scaled. */
  affineProbability: fraction,
  /** Largest turn about the x, y and z axis, degrees. */
  rotationDegrees: triple(atLeastZero),
  /** Isotropic magnification. */
  scale: range,
  /** Axes along which a patch may be mirrored: only where left and right are the same structure. */
  mirror: triple(v.boolean()),
  /** How often each of the intensity changes below is applied. */
  intensityProbability: fraction,
  /** Largest shift, either way. */
  brightness: atLeastZero,
  contrast: range,
  /** Exponent over the patch's own range of intensities. */
  gamma: range,
  /** Largest standard deviation of added Gaussian noise. */
  noise: atLeastZero,
  /** Elastic deformation: how often, between points how far apart, and how far these move. None where left out. */
  elastic: v.optional(v.strictObject({ probability: fraction, spacingMm: positive, deviationMm: positive })),
  /** Gaussian blur: how often, and of how many voxels. */
  blur: v.optional(v.strictObject({ probability: fraction, sigma: range })),
  /** As if scanned with larger voxels: how often, and how many voxels are kept of one along each axis. */
  lowResolution: v.optional(v.strictObject({ probability: fraction, zoom: range })),
})
export type Augmentation = v.InferOutput<typeof Augmentation>

/** Patches as they are. */
export const noAugmentation: Augmentation = {
  affineProbability: 0,
  rotationDegrees: [0, 0, 0],
  scale: [1, 1],
  mirror: [false, false, false],
  intensityProbability: 0,
  brightness: 0,
  contrast: [1, 1],
  gamma: [1, 1],
  noise: 0,
}

/** How long training runs, and over what its learning rate falls. */
export const Length = v.variant('unit', [
  v.strictObject({ unit: v.literal('steps'), steps: count }),
  v.strictObject({ unit: v.literal('minutes'), minutes: positive }),
])
export type Length = v.InferOutput<typeof Length>

const triples = v.optional(v.array(triple(count)))
const channelsByLevel = v.pipe(v.array(count), v.minLength(2))

const Unet = v.strictObject({
  kind: v.literal('unet'),
  base: count,
  maxChannels: count,
  levels: count,
  stemStride: v.union([count, triple(count)]),
  kernels: triples,
  pools: triples,
})
const ResidualUnet = v.strictObject({
  kind: v.literal('residual-unet'),
  channels: channelsByLevel,
  units: v.pipe(v.number(), v.integer(), v.minValue(0)),
  strides: triples,
  kernels: triples,
})
const InceptionUnet = v.strictObject({
  kind: v.literal('inception-unet'),
  channels: channelsByLevel,
  inception: v.boolean(),
  squeezeExcitation: v.boolean(),
  strides: triples,
  kernels: triples,
})
const single = v.variant('kind', [Unet, ResidualUnet, InceptionUnet])

/** As `networks/` builds it, but for the channels, which follow from the data. Triples in tensor order: k, j, i. */
const Network = v.variant('kind', [
  Unet,
  ResidualUnet,
  InceptionUnet,
  v.strictObject({
    kind: v.literal('two-stem'),
    encoder: single,
    encodingChannels: count,
    stem: v.strictObject({ channels: count, convolutions: count }),
    segmenter: single,
  }),
  v.strictObject({ kind: v.literal('joined'), local: Unet, global: Unet }),
])

/**
 * What is learned where a case's labels do not know all structures:
 * - ignore: nothing, at voxels that no annotated structure has, so that a wrong one costs nothing there either
 * - missing: that the voxel is none of the annotated structures; what a network says there of those that are not known is
 *   left out of the loss (`lapn-unsupervised-representation`, section 2.2)
 * - marginal: that the voxel is background or one of the structures that are not known, summed probabilities
 * - merge-max: the same by the likeliest of them (`merge-max-context-cutmix`, equation 1)
 * - background: that it is background, which is wrong, and what the others are held against
 */
export const PartialLabels = v.picklist(['ignore', 'missing', 'marginal', 'merge-max', 'background'])
export type PartialLabels = v.InferOutput<typeof PartialLabels>

/**
 * Learning from images without labels by a mean teacher (`meanTeacher.ts`), whose weights are the moving average that is
 * exported: `averageDecay` is its decay.
 */
export const SemiSupervised = v.strictObject({
  kind: v.literal('mean-teacher'),
  /** Samples without labels in each step. */
  batch: v.optional(count, 1),
  /** What a sample without labels counts beside one with, at most. */
  weight: v.optional(positive, 1),
  /** Part of the run over which that rises from almost nothing. */
  rampUp: v.optional(fraction, 0.4),
  /** Probability from which on the teacher's class becomes a pseudo-label. */
  confidence: v.optional(fraction, 0.8),
  /** Of Dice and cross-entropy against pseudo-labels, and of the squared difference of probabilities. */
  pseudoWeight: v.optional(atLeastZero, 0.5),
  consistencyWeight: v.optional(atLeastZero, 5),
})
export type SemiSupervised = v.InferOutput<typeof SemiSupervised>
export const defaultSemi: SemiSupervised = v.parse(SemiSupervised, { kind: 'mean-teacher' })

/** Learning from teachers' probabilities where no label is known (`distill.ts`). */
export const Distillation = v.strictObject({
  /** At the start and at the end of the run; it rises evenly between. */
  temperature: v.optional(v.strictTuple([positive, positive]), [1, 4]),
  /** Of the divergence from the teachers beside the loss of the labels. */
  softWeight: v.optional(positive, 1),
})
export type Distillation = v.InferOutput<typeof Distillation>
export const defaultDistillation: Distillation = v.parse(Distillation, {})

/** Lesions of other cases pasted into samples without any (`cutMix.ts`). */
export const CutMix = v.strictObject({
  /** How often a sample of a case without lesions gets one. */
  probability: v.optional(fraction, 0.5),
  /** How much around a lesion comes with it, mm: 24 to 32 voxels of 1.5 mm, and 8 to 16 of 2.5 mm, in the paper. */
  inPlaneMm: v.optional(range, [36, 48]),
  acrossMm: v.optional(range, [20, 40]),
})
export type CutMix = v.InferOutput<typeof CutMix>

/**
 * Everything that a training run depends on, apart from its data and its seed. Sizes are configuration: the presets
 * differ in nothing else. What the network sees (`preprocess`) and how it is run (`inference`, `postprocess`) go into
 * the trained model's manifest as they stand here, so that training and inference cannot drift apart.
 */
export const Recipe = v.pipe(
  v.strictObject({
    format: v.literal('emend-recipe/1'),
    name: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9.-]*$/)),
    network: Network,
    preprocess: Preprocess,
    inference: Inference,
    postprocess: Postprocess,
    /** Voxels (i, j, k) of the preprocessed grid that one sample holds. */
    patch: triple(count),
    batch: count,
    length: Length,
    optimizer: v.strictObject({
      kind: v.picklist(['adam', 'adamw', 'sgd']),
      learningRate: positive,
      /** The learning rate is multiplied by (1 - progress)^decayPower, */
      decayPower: atLeastZero,
      /** or, where this is there, by half a wave of the cosine, or by a half after each of so many equal parts of the run. */
      decay: v.optional(
        v.variant('kind', [
          v.strictObject({ kind: v.literal('cosine') }),
          v.strictObject({ kind: v.literal('halving'), parts: count }),
        ]),
      ),
      /** Steps over which the learning rate first rises from nothing. */
      warmupSteps: v.pipe(v.number(), v.integer(), v.minValue(0)),
      /** The gradient's norm is cut to this. */
      clipNorm: positive,
      /**
       * How much of the weights is added to the gradient or, by adamw, is taken off them at each step, times the rate. As
       * the optimizer has it where left out: none of adam, 1e-2 of adamw, 3e-5 of sgd.
       */
      weightDecay: v.optional(atLeastZero),
    }),
    /** Decay of the moving average of the weights, which is what gets exported; 0 exports the last weights. */
    averageDecay: v.pipe(v.number(), v.minValue(0), v.ltValue(1)),
    /** Share of the patches that are centred on a voxel of a structure, each structure equally often. */
    foregroundShare: fraction,
    augmentation: Augmentation,
    /** None where left out. */
    cutMix: v.optional(CutMix),
    /** 'ignore' where left out, as recipes of former versions mean it. */
    partialLabels: v.optional(PartialLabels),
    /** None where left out: the run is supervised. */
    semi: v.optional(SemiSupervised),
    /** None where left out: the run has no teachers. */
    distillation: v.optional(Distillation),
    /** How a model that was trained by this recipe is trained on by a reader's corrections. */
    corrections: v.optional(
      v.strictObject({
        steps: count,
        learningRate: positive,
        /** That of the first training, for long turns that learn all again; the optimizer's where left out. */
        fullLearningRate: v.optional(positive),
      }),
      { steps: 150, learningRate: 5e-4 },
    ),
  }),
  v.check((r) => r.preprocess.grid.kind !== 'size', 'training needs a grid with a spacing, or the native one'),
  v.check((r) => !(r.semi && r.distillation), 'a run has teachers or a mean teacher, not both'),
  v.check(
    (r) => !(r.distillation && r.partialLabels && r.partialLabels !== 'ignore'),
    'distillation ignores what is not annotated',
  ),
  v.check((r) => !r.semi || r.averageDecay > 0, 'a mean teacher needs an averageDecay above 0'),
)
export type Recipe = v.InferOutput<typeof Recipe>

/**
 * Checks what a recipe file holds.
 * @throws EmendError naming `source` and the first field that is wrong.
 */
export function parseRecipe(value: unknown, source: string): Recipe {
  const result = v.safeParse(Recipe, value)
  if (result.success) return result.output
  const issue = result.issues[0]
  const field = v.getDotPath(issue) ?? 'the recipe'
  throw new EmendError(`the recipe ${source} is not valid: ${field}: ${issue.message}`, {
    hint: 'start from one that `emend train` writes as recipe.json beside the model',
  })
}

/**
 * The same recipe for training on by corrections: fewer steps, and a shorter memory of the weights. Steps are smaller, too,
 * so that little is forgotten; not where all is learned again at some length, which needs no such care. Of the images
 * without labels and the teachers that the model once had, nothing is known any more.
 * @param full whether steps may be as large as the first training's
 */
export function forCorrections(recipe: Recipe, full: boolean): Recipe {
  const { steps, learningRate, fullLearningRate = recipe.optimizer.learningRate } = recipe.corrections
  return {
    ...recipe,
    length: { unit: 'steps', steps },
    optimizer: { ...recipe.optimizer, learningRate: full ? fullLearningRate : learningRate },
    // The optimizer's own is lost here; the next turn may need it.
    corrections: { ...recipe.corrections, fullLearningRate },
    averageDecay: Math.min(recipe.averageDecay, 0.95),
    semi: undefined,
    distillation: undefined,
  }
}

/** The same recipe for a student: what is not annotated is its teachers' to tell, whatever the recipe would make of it. */
export function forStudent(recipe: Recipe, distillation: Distillation): Recipe {
  return parseRecipe({ ...recipe, partialLabels: 'ignore', semi: undefined, distillation }, recipe.name)
}

/** The same recipe for another length of time. */
export function withLength(recipe: Recipe, length: Length): Recipe {
  return { ...recipe, length }
}
