import * as v from 'valibot'
import { axisMapOfCodes } from '../../shared/geometry/orientation'
import { Structure } from '../../shared/labels/schema'
import { ModelName } from '../../shared/modelCard'

const count = v.pipe(v.number(), v.integer(), v.minValue(1))
const positive = v.pipe(v.number(), v.gtValue(0))
const triple = <T extends v.GenericSchema>(item: T) => v.strictTuple([item, item, item])

/** Less than half, so that something is left between two of them. */
const share = v.pipe(v.number(), v.minValue(0), v.ltValue(0.5))

function isOrientation(codes: string): boolean {
  try {
    axisMapOfCodes(codes)
    return true
  } catch {
    return false
  }
}

/** A network that Emend builds from a configuration (`networks/`), or a graph made elsewhere. */
const Network = v.variant('kind', [
  ...(['unet', 'residual-unet', 'inception-unet', 'two-stem', 'joined'] as const).map((kind) =>
    v.looseObject({ kind: v.literal(kind) }),
  ),
  v.strictObject({ kind: v.literal('foreign') }),
])

/** Intensities, after `clamp` (HU): `(value + offset) * scale`, or z-scored over the volume's voxels. */
export const Intensity = v.variant('kind', [
  v.strictObject({
    kind: v.literal('linear'),
    clamp: v.strictTuple([v.nullable(v.number()), v.nullable(v.number())]),
    offset: v.number(),
    scale: v.number(),
  }),
  v.strictObject({
    kind: v.literal('z-score'),
    clamp: v.strictTuple([v.nullable(v.number()), v.nullable(v.number())]),
  }),
])
export type Intensity = v.InferOutput<typeof Intensity>

/** Cut to the body before resampling; `trim` takes fractions of the body box off each side, by voxel axis. */
export const BodyCrop = v.strictObject({
  thresholdHu: v.number(),
  /** Where the box is measured: over all slices, or in the middle slice along the third axis. */
  from: v.picklist(['all-slices', 'middle-slice']),
  /** Axes that are cut: true, or left whole: false. */
  axes: triple(v.boolean()),
  /** [low end, high end] fraction of the box taken off along each axis. */
  trim: triple(v.strictTuple([share, share])),
})
export type BodyCrop = v.InferOutput<typeof BodyCrop>

export const Preprocess = v.strictObject({
  /** Axis codes of the array that the network sees: 'RAS', 'LAI'. */
  orientation: v.pipe(
    v.string(),
    v.check(isOrientation, 'an orientation is three letters of L/R, P/A and I/S, each axis once'),
  ),
  bodyCrop: v.optional(BodyCrop),
  /** The grid that the network sees: a spacing in mm, or a fixed size in voxels, by voxel axis i, j, k. */
  grid: v.variant('kind', [
    v.strictObject({ kind: v.literal('spacing'), mm: triple(positive) }),
    v.strictObject({ kind: v.literal('size'), voxels: triple(count) }),
    /** The image's own grid. */
    v.strictObject({ kind: v.literal('native') }),
  ]),
  intensity: Intensity,
})
export type Preprocess = v.InferOutput<typeof Preprocess>

export const Inference = v.variant('kind', [
  /** The whole grid at once, padded at its high ends to a multiple of `multipleOf` voxels. */
  v.strictObject({ kind: v.literal('whole'), multipleOf: triple(count) }),
  /** Overlapping windows of `patch` voxels (i, j, k) every `step` of their size, weighted by a Gaussian. */
  v.strictObject({
    kind: v.literal('patch'),
    patch: triple(count),
    step: v.pipe(v.number(), v.gtValue(0), v.maxValue(1)),
    /** Run the middle windows of a transverse plane first, and the others only where those find something. */
    indicators: v.optional(v.boolean()),
  }),
])
export type Inference = v.InferOutput<typeof Inference>

/** Pairs of directions that an image may be mirrored along. */
export const Mirror = v.picklist(['LR', 'AP', 'SI'])
export type Mirror = v.InferOutput<typeof Mirror>

export const Postprocess = v.strictObject({
  /** Structures of which only the largest 26-connected component is kept. */
  largestComponent: v.array(v.string()),
})

/** Mean scores on a hold-out, by structure name. */
const Scores = v.record(
  v.string(),
  v.strictObject({ dsc: v.nullable(v.number()), nsd: v.nullable(v.number()), cases: count }),
)
export type Scores = v.InferOutput<typeof Scores>

/** `model.json`, the half of a model folder that says what `network.onnx` is and how to feed it. */
export const ModelManifest = v.pipe(
  v.strictObject({
    format: v.literal('emend-model/1'),
    name: ModelName,
    version: count,
    title: v.string(),
    schema: v.string(),
    /** What each output channel is, in order: 'background' or a structure of the schema. */
    channels: v.pipe(v.array(v.string()), v.minLength(2)),
    /** Structures among them that it is not good enough at to be offered: background to whoever uses it, trained on all the same. */
    withheld: v.optional(v.array(v.string())),
    /** Structures among them that it offers, though no held-out case has shown how good it is at them. */
    unscored: v.optional(v.array(v.string())),
    /** Structures among them that a site added to the schema. */
    structures: v.optional(v.array(Structure)),
    network: Network,
    input: v.strictObject({
      name: v.string(),
      /** Order of the three spatial axes in the tensor: 'kji' has i (x) fastest, as Emend's own networks; 'ijk' has k fastest. */
      axes: v.picklist(['kji', 'ijk']),
    }),
    output: v.strictObject({
      name: v.string(),
      kind: v.picklist(['logits', 'probabilities']),
      /** Input voxels (i, j, k) to one output voxel, where the network leaves its scores coarser than its input. */
      stride: v.optional(triple(count), [1, 1, 1]),
    }),
    preprocess: Preprocess,
    inference: Inference,
    /** Scores are the mean over the image and its mirrored views, along each combination of these. */
    mirror: v.optional(v.array(Mirror), []),
    postprocess: Postprocess,
    /** Folder within the model's own of another model, which looks first; this one looks where that finds something. */
    coarse: v.optional(v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]*$/, 'it is a folder beside model.json'))),
    provenance: v.strictObject({
      /** 'name@version' of the model that training started from. */
      parent: v.nullable(v.string()),
      cases: v.array(v.strictObject({ id: v.string(), revision: v.nullable(v.string()) })),
      recipe: v.record(v.string(), v.unknown()),
      seed: v.nullable(v.number()),
      /** The part of a cross-validation that it did not learn from; absent where it is of none. */
      fold: v.optional(
        v.strictObject({ folds: v.number(), fold: v.number(), seed: v.number(), cases: v.array(v.string()) }),
      ),
      createdAt: v.string(),
    }),
    /** On a frozen hold-out, with its parent's on the same cases; absent where never measured. */
    scores: v.optional(v.strictObject({ holdOut: v.string(), structures: Scores, parent: v.optional(Scores) })),
    licence: v.string(),
    attribution: v.string(),
  }),
  v.check((m) => m.channels[0] === 'background', 'the first output channel must be background'),
  v.check((m) => new Set(m.channels).size === m.channels.length, 'two output channels share a name'),
  v.check((m) => {
    const size = m.inference.kind === 'whole' ? m.inference.multipleOf : m.inference.patch
    return size.every((n, axis) => n % m.output.stride[axis] === 0)
  }, 'the inference sizes must be multiples of the output stride'),
)
export type ModelManifest = v.InferOutput<typeof ModelManifest>
