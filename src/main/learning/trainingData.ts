import type { LabelSchema } from '../../shared/labels/schema'
import { affinesAgree } from '../../shared/geometry/affine'
import { EmendError } from '../../shared/errors'
import type { UnlabelledSource } from './unlabelled'
import { spacing, type Grid, type LabelMap, type Volume } from '../imaging/volume'

/** An image with its label map, on one grid. Labels are ids of the schema, 0 background, 255 not annotated. */
export interface LabelledImage {
  readonly image: Volume
  readonly labels: LabelMap
}

/** How large an image is: voxels and mm along its axes. */
export interface ImageSize {
  readonly dims: readonly [number, number, number]
  readonly spacing: readonly [number, number, number]
}

/** One labelled case, wherever it comes from: a folder, the library, the phantom. */
export interface CaseSource {
  readonly id: string
  /** The label revision that is learned from, where labels have revisions. */
  readonly revision: string | null
  /** Structures that were looked for; those not listed may be there unlabelled. null: all of the schema. */
  readonly annotated: readonly string[] | null
  /** Whom it is of, where that is known. */
  readonly patient?: string
  /** How often an epoch holds the case; once where left out. */
  readonly weight?: number
  /** Of the image, where it is known without loading it. */
  readonly size?: ImageSize
  readonly load: () => Promise<LabelledImage>
}

export interface HoldOutCases {
  /** What scores on it are reported under. */
  readonly name: string
  readonly cases: readonly CaseSource[]
}

export interface TrainingData {
  readonly schema: LabelSchema
  readonly cases: readonly CaseSource[]
  /** Cases that training never sees and every version is scored on. */
  readonly holdOut: HoldOutCases | null
  /** Further cases that training never sees, and that this run is not scored on. */
  readonly untouched?: readonly CaseSource[]
  /** Images without labels, for a recipe that learns from them. */
  readonly unlabelled?: readonly UnlabelledSource[]
}

/**
 * Labelled cases beside pseudo-labelled ones, weighted so that an epoch holds about as many samples of either.
 * @throws EmendError where a case is among both.
 */
export function besidePseudo(labelled: readonly CaseSource[], pseudo: readonly CaseSource[]): CaseSource[] {
  const ids = new Set(labelled.map((c) => c.id))
  const twice = pseudo.find((c) => ids.has(c.id))
  if (twice) {
    throw new EmendError(`the case ${twice.id} is both labelled and pseudo-labelled`, {
      hint: 'take it out of one of the two data sets',
    })
  }
  const weight = Math.max(1, Math.round(pseudo.length / Math.max(1, labelled.length)))
  return [...labelled.map((c) => ({ ...c, weight: (c.weight ?? 1) * weight })), ...pseudo]
}

/** @throws EmendError naming both grids unless image and labels lie on the same one, to 0.01 mm. */
export function requireSameGrid(image: Grid, labels: Grid, imageName: string, labelName: string): void {
  const sameDims = image.dims.every((n, axis) => n === labels.dims[axis])
  if (sameDims && affinesAgree(image.affine, labels.affine, 1e-2)) return
  throw new EmendError(
    `${labelName} lies on another grid than ${imageName}: ${describe(labels)} against ${describe(image)}`,
    { hint: 'labels need the same size, spacing and position as their image' },
  )
}

function describe(grid: Grid): string {
  const origin = grid.affine.map((row) => row[3].toFixed(1)).join(', ')
  const mm = spacing(grid).map((s) => s.toFixed(3))
  return `${grid.dims.join('x')} voxels of ${mm.join('x')} mm at (${origin})`
}
