import { PNG } from 'pngjs'
import { NOT_ANNOTATED, type LabelSchema, type Structure } from '../../../shared/labels/schema'
import { slicePicture, type Picture } from '../../../shared/voxels/slicePicture'
import { reorient } from '../../imaging/canonical'
import { spacing, type LabelMap, type Volume } from '../../imaging/volume'
import type { StructureScore } from './evaluateCase'

export interface PictureInput {
  readonly reference: LabelMap
  readonly prediction: LabelMap
  /** On the same grid; without it the labels are drawn on black. */
  readonly image: Volume | null
  readonly schema: LabelSchema
  readonly scores: Readonly<Record<string, StructureScore>>
}

/** What the picture of a case is of. */
export interface CasePicture {
  readonly png: Uint8Array
  /** The structure that scored worst, and the axial slice where most of its voxels are wrong, counted from the feet. */
  readonly structure: string
  readonly slice: number
}

/** Missed, invented, right. */
const errorColors = new Map([
  [1, '#ff3b30'],
  [2, '#0a84ff'],
  [3, '#8e8e93'],
])
const GAP = 4
const LEAST_WIDTH = 240

/**
 * One axial slice of a case three times, side by side: the reference's labels, the prediction's, and what is wrong of the
 * structure that scored worst (red missed, blue invented, grey right), where most of that is wrong.
 */
export function casePicture(input: PictureInput): CasePicture {
  const canonical = <T extends Volume>(volume: T): T => reorient(volume, 'RAS') as T
  const reference = canonical(input.reference)
  const prediction = canonical(input.prediction)
  const worst = worstStructure(input.schema, input.scores)
  const errors = errorMap(reference, prediction, worst.id)
  const slice = sliceToShow(errors, reference)
  const mm = spacing(reference)
  const image = input.image ? canonical(input.image).data : new Int16Array(reference.data.length)
  const source = { dims: reference.dims, spacing: mm, image }
  const pixelMm = Math.min(mm[0], mm[1], (mm[0] * reference.dims[0]) / LEAST_WIDTH)
  const window = input.image ? windowOf(input.image) : {}
  const colors = new Map(input.schema.structures.map(({ id, color }) => [id, color]))
  const panel = (labels: Uint8Array, palette: ReadonlyMap<number, string>): Picture =>
    slicePicture({ ...source, labels }, 'axial', slice, { ...window, pixelMm, colors: palette })
  const panels = [panel(reference.data, colors), panel(prediction.data, colors), panel(errors, errorColors)]
  return { png: sideBySide(panels), structure: worst.name, slice }
}

/** Soft tissue where the values look like HU; else from the lowest to nearly the highest. */
function windowOf({ data }: Volume): { width?: number; level?: number } {
  let low = Infinity
  const stride = Math.max(1, Math.floor(data.length / 50_000))
  const values: number[] = []
  for (let n = 0; n < data.length; n += stride) {
    values.push(data[n])
    low = Math.min(low, data[n])
  }
  if (low < -500) return {}
  values.sort((a, b) => a - b)
  const high = values[Math.floor(0.995 * (values.length - 1))]
  return { width: Math.max(1e-6, high - low), level: (low + high) / 2 }
}

function worstStructure(schema: LabelSchema, scores: PictureInput['scores']): Structure {
  const scored = schema.structures.filter(({ name }) => scores[name])
  if (scored.length === 0) return schema.structures[0]
  return scored.reduce((worst, next) => (scores[next.name].dsc < scores[worst.name].dsc ? next : worst))
}

/** 1 missed, 2 invented, 3 right; 0 where neither has the structure or nothing is known. */
function errorMap(reference: LabelMap, prediction: LabelMap, id: number): Uint8Array {
  return reference.data.map((truth, n) => {
    if (truth === NOT_ANNOTATED) return 0
    return (truth === id ? 1 : 0) + (prediction.data[n] === id ? 2 : 0)
  })
}

/** The slice with most wrong voxels; where nothing is wrong, with most right ones; else the middle one. */
function sliceToShow(errors: Uint8Array, { dims }: LabelMap): number {
  const wrong = new Float64Array(dims[2])
  const right = new Float64Array(dims[2])
  const size = dims[0] * dims[1]
  for (let n = 0; n < errors.length; n++) {
    if (errors[n] === 1 || errors[n] === 2) wrong[Math.floor(n / size)]++
    else if (errors[n] === 3) right[Math.floor(n / size)]++
  }
  for (const counts of [wrong, right]) {
    const most = Math.max(...counts)
    if (most > 0) return counts.indexOf(most)
  }
  return dims[2] >> 1
}

function sideBySide(panels: readonly Picture[]): Uint8Array {
  const [{ width, height }] = panels
  const png = new PNG({ width: panels.length * width + (panels.length - 1) * GAP, height })
  png.data.fill(255)
  panels.forEach(({ rgba }, n) => {
    for (let row = 0; row < height; row++) {
      png.data.set(rgba.subarray(row * width * 4, (row + 1) * width * 4), 4 * (row * png.width + n * (width + GAP)))
    }
  })
  return PNG.sync.write(png)
}
