import { affinesAgree, type Vec3 } from '../../../shared/geometry/affine'
import { EmendError } from '../../../shared/errors'
import { NOT_ANNOTATED, type LabelSchema, type Structure } from '../../../shared/labels/schema'
import { boxesOf, boxSize, unionOf, type Box } from '../../../shared/voxels/box'
import { orientation, spacing, type Grid, type LabelMap } from '../../imaging/volume'
import { dsc } from './dsc'
import { hd95, nsd, surfaceDistances } from './surface'

/** One structure of one case. DSC and NSD are 0 to 1, rounded to 4 decimals; HD95 is in mm. */
export interface StructureScore {
  readonly dsc: number
  readonly nsd: number
  /** null where either mask is empty: there is no distance to speak of. */
  readonly hd95: number | null
}

export interface CaseScores {
  readonly scores: Readonly<Record<string, StructureScore>>
  /** What a reader of the figures should know, one line each. */
  readonly notes: readonly string[]
}

export interface EvaluateOptions {
  /** How errors and notes name the case. */
  readonly name?: string
  /** Structures that the reference annotates; the others are not scored. All without it. */
  readonly annotated?: readonly string[]
  /** Below this DSC, NSD is 0 without being measured. FLARE: 0.2; 0.1 in results before 2024-03-18. */
  readonly leastDscForNsd?: number
}

/**
 * Scores a prediction as the FLARE 2023 challenge does (its FLARE23_DSC_NSD_Eval.py): both masks empty 1 and 1, one
 * empty 0 and 0; structures that the schema scores within the reference are compared on the reference's slices along
 * the third voxel axis only, its last slice left out; NSD at the structure's tolerance. Voxels that the reference
 * marks as not annotated count on neither side.
 * @throws EmendError where the two lie on different grids.
 */
export function evaluateCase(
  reference: LabelMap,
  prediction: LabelMap,
  schema: LabelSchema,
  options: EvaluateOptions = {},
): CaseScores {
  const { name = 'the case', annotated, leastDscForNsd = 0.2 } = options
  requireSameGrid(reference, prediction, name)
  const referenceBoxes = boxesOf(reference.data, reference.dims)
  const predictionBoxes = boxesOf(knownOf(prediction.data, reference.data), prediction.dims)
  const scores: Record<string, StructureScore> = {}
  const notes: string[] = []
  for (const structure of schema.structures) {
    if (annotated && !annotated.includes(structure.name)) continue
    const referenceBox = referenceBoxes.get(structure.id) ?? null
    const predictionBox = predictionBoxes.get(structure.id) ?? null
    const box = unionOf(referenceBox, predictionBox)
    if (!box || !referenceBox || !predictionBox) {
      const agree = box ? 0 : 1
      scores[structure.name] = { dsc: agree, nsd: agree, hd95: null }
      continue
    }
    const compared = structure.scoredWithinReference ? withinReference(box, referenceBox) : box
    if (structure.scoredWithinReference && boxSize(referenceBox)[2] === 1) {
      notes.push(`${name}: ${structure.title} has one slice in the reference; it was scored on that slice`)
    }
    const masks = masksOf(reference, prediction, structure, compared)
    scores[structure.name] = scoreMasks(masks, structure, spacing(reference), leastDscForNsd)
  }
  return { scores, notes }
}

/** The box cut to the reference's slices without the last, which the challenge drops; a single slice stays. */
function withinReference(box: Box, reference: Box): Box {
  const low = reference.low[2]
  const high = Math.max(low + 1, reference.high[2] - 1)
  return { low: [box.low[0], box.low[1], low], high: [box.high[0], box.high[1], high] }
}

/** The prediction, and nothing where the reference is not annotated. */
function knownOf(prediction: Uint8Array, reference: Uint8Array): Uint8Array {
  if (!reference.includes(NOT_ANNOTATED)) return prediction
  return prediction.map((label, at) => (reference[at] === NOT_ANNOTATED ? 0 : label))
}

interface Masks {
  readonly reference: Uint8Array
  readonly prediction: Uint8Array
  readonly size: Vec3
}

function masksOf(reference: LabelMap, prediction: LabelMap, { id }: Structure, box: Box): Masks {
  const size = boxSize(box)
  const count = size[0] * size[1] * size[2]
  const masks: Masks = { reference: new Uint8Array(count), prediction: new Uint8Array(count), size }
  const [nx, ny] = reference.dims
  for (let k = box.low[2], at = 0; k < box.high[2]; k++) {
    for (let j = box.low[1]; j < box.high[1]; j++) {
      const row = nx * (j + ny * k)
      for (let n = row + box.low[0]; n < row + box.high[0]; n++, at++) {
        const truth = reference.data[n]
        if (truth === NOT_ANNOTATED) continue
        masks.reference[at] = truth === id ? 1 : 0
        masks.prediction[at] = prediction.data[n] === id ? 1 : 0
      }
    }
  }
  return masks
}

function scoreMasks(
  { reference, prediction, size }: Masks,
  structure: Structure,
  voxel: Vec3,
  leastDscForNsd: number,
): StructureScore {
  const overlap = dsc(reference, prediction)
  const distances = surfaceDistances(reference, prediction, size, voxel)
  const far = hd95(distances)
  return {
    dsc: rounded(overlap),
    nsd: overlap < leastDscForNsd ? 0 : rounded(nsd(distances, structure.nsdToleranceMm)),
    hd95: Number.isFinite(far) ? rounded(far) : null,
  }
}

/** To 4 decimals, a half to the even neighbour: numpy's rounding, which the challenge's averages go through. */
export function rounded(value: number): number {
  const scaled = value * 1e4
  const below = Math.floor(scaled)
  const half = scaled - below === 0.5
  return (half ? below + (below % 2) : Math.round(scaled)) / 1e4
}

/** @throws EmendError that names both grids where they are not the same. */
function requireSameGrid(reference: Grid, prediction: Grid, name: string): void {
  const sameDims = reference.dims.every((n, axis) => n === prediction.dims[axis])
  if (sameDims && affinesAgree(reference.affine, prediction.affine)) return
  throw new EmendError(
    `${name}: the prediction lies on another grid: reference ${gridText(reference)}, prediction ${gridText(prediction)}`,
    { hint: 'resample the prediction to the grid of the reference' },
  )
}

function gridText(grid: Grid): string {
  const mm = (values: readonly number[]): string => values.map((value) => Number(value.toFixed(3))).join(' ')
  const origin = grid.affine.map((row) => row[3])
  return `${grid.dims.join('x')} ${orientation(grid)}, spacing ${mm(spacing(grid))} mm, origin ${mm(origin)}`
}
