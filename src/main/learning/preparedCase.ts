import type { Affine, Vec3 } from '../../shared/geometry/affine'
import { BACKGROUND, NOT_ANNOTATED, type LabelSchema } from '../../shared/labels/schema'
import { reorient } from '../imaging/canonical'
import { resampleNearest } from '../imaging/resample'
import { spacing, type LabelMap } from '../imaging/volume'
import { preprocess } from '../segmentation/preprocess'
import { annotatedChannels, isFullyAnnotated, partialLabelsOf } from './partialLabels'
import type { PartialLabels, Recipe } from './recipe'
import type { CaseSource, LabelledImage } from './trainingData'

/** Of teachers' answers: sixteenths of a nat hold a probability down to e^-16 in a byte, to 3 %. */
export const PER_NAT = 16

/** What training keeps of a case in memory: what the network sees, on the network's grid. 5 bytes a voxel. */
export interface PreparedCase {
  readonly id: string
  /** Voxels along i, j, k. */
  readonly dims: Vec3
  /** Where that grid lies: voxels to RAS mm. */
  readonly affine: Affine
  /** mm along i, j, k. */
  readonly spacing: Vec3
  /** Normalised intensities, i fastest. */
  readonly image: Float32Array
  /** Output channel of the network, 255 where it is not known. */
  readonly labels: Uint8Array
  /** What the network sees beyond the image: its lowest value, as in inference. */
  readonly padding: number
  /** By channel, voxels to centre a patch on: at most `SEEDS` of them, spread over the structure; background has none. */
  readonly seeds: readonly Int32Array[]
  /** By channel, 1 where the labels know it. */
  readonly annotated: Float32Array
  /** How often an epoch holds the case. */
  readonly weight: number
  /** What teachers say of it, -`PER_NAT` ln p: [channels, voxels]. None where there is none, or each voxel has a label. */
  readonly soft?: Uint8Array
}

/** The tensor's axes of every network that Emend trains: i fastest. */
export const TENSOR_INPUT = { name: 'image', axes: 'kji' } as const

/**
 * Brings a case onto the network's grid: the image by the very preprocessing of inference, the labels by the nearest
 * voxel, as output channels.
 * @param channels 'background', then structures of the schema
 */
export function prepareCase(
  source: Pick<CaseSource, 'id' | 'annotated' | 'weight'>,
  { image, labels }: LabelledImage,
  recipe: Pick<Recipe, 'preprocess' | 'partialLabels'>,
  schema: LabelSchema,
  channels: readonly string[],
): PreparedCase {
  const prepared = preprocess(image, { preprocess: recipe.preprocess, input: TENSOR_INPUT })
  const mode = partialLabelsOf(recipe)
  const known: LabelMap = { ...labels, data: toChannels(labels.data, source.annotated, schema, channels, mode) }
  const onGrid = reorient(resampleNearest(known, prepared.gridOnInput), recipe.preprocess.orientation)
  return {
    id: source.id,
    dims: prepared.image.dims,
    affine: prepared.image.affine,
    spacing: spacing(prepared.image),
    image: prepared.image.data,
    labels: onGrid.data,
    padding: prepared.image.data.reduce((low, value) => (value < low ? value : low), Infinity),
    seeds: seedsOf(onGrid.data, channels.length),
    annotated: annotatedChannels(source.annotated, channels),
    weight: source.weight ?? 1,
  }
}

/**
 * Schema ids to channels. Structures without a channel are background to the network. Where a case is not fully
 * annotated, its background may hold any of the structures that nobody looked for: by `mode` it becomes 255, not known,
 * or 0, which then means "none of the annotated structures".
 */
export function toChannels(
  labels: Uint8Array,
  annotated: readonly string[] | null,
  schema: LabelSchema,
  channels: readonly string[],
  mode: PartialLabels = 'ignore',
): Uint8Array {
  const table = new Uint8Array(256).fill(NOT_ANNOTATED)
  table[BACKGROUND] = mode !== 'ignore' || isFullyAnnotated(annotated, channels) ? 0 : NOT_ANNOTATED
  for (const { name, id } of schema.structures) {
    if (annotated !== null && !annotated.includes(name)) {
      if (mode !== 'ignore') table[id] = 0
      continue
    }
    const channel = channels.indexOf(name)
    if (channel > 0) table[id] = channel
    else table[id] = table[BACKGROUND]
  }
  return labels.map((id) => table[id])
}

const SEEDS = 4096

/** Picks evenly spread voxels of every channel but background. */
export function seedsOf(labels: Uint8Array, channels: number): Int32Array[] {
  const counts = new Int32Array(256)
  for (const label of labels) counts[label]++
  const strides = Array.from(counts, (n) => Math.max(1, Math.ceil(n / SEEDS)))
  const seeds = Array.from({ length: channels }, (_, channel) => {
    return new Int32Array(channel === 0 ? 0 : Math.ceil(counts[channel] / strides[channel]))
  })
  const seen = new Int32Array(256)
  for (let at = 0; at < labels.length; at++) {
    const label = labels[at]
    if (label === 0 || label >= channels) continue
    const n = seen[label]++
    if (n % strides[label] === 0) seeds[label][n / strides[label]] = at
  }
  return seeds
}
