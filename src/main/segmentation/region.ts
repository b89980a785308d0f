import { applyAffine, composeAffines, invertAffine } from '../../shared/geometry/affine'
import { boxOf, boxSize, type Box } from '../../shared/voxels/box'
import { keepLargestComponent } from '../../shared/voxels/components'
import { spacing, type Grid } from '../imaging/volume'
import type { ClassScores } from './classScores'
import type { Axis } from './modelAxes'
import { bestChannel } from './uncertainty'

/** What is added around what the coarse model finds, mm: it sees edges no finer than its voxels. */
const REGION_MARGIN_MM = 20

/**
 * The region of interest of coarse-to-fine segmentation (teacher-student paper, 2.1): the box, on the input's grid, around all
 * structures that a coarse model's scores hold, and a margin. Of each structure its largest component counts, so that a speck
 * far away does not widen the box, and an organ that touches no other is not cut off.
 * @returns null where they hold nothing
 */
export function regionOf(scores: ClassScores, input: Grid, marginMm = REGION_MARGIN_MM): Box | null {
  const { dims, affine } = scores.grid
  const labels = bestChannel(scores.data, scores.classes)
  for (let channel = 1; channel < scores.classes; channel++) keepLargestComponent(labels, dims, channel)
  const found = boxOf(labels, dims)
  if (!found) return null
  const toInput = composeAffines(invertAffine(input.affine), affine)
  const corners = [0, 1, 2, 3, 4, 5, 6, 7].map((n) => {
    // A voxel reaches half a voxel beyond its middle.
    const side = (axis: Axis): number => ((n >> axis) & 1 ? found.high[axis] - 0.5 : found.low[axis] - 0.5)
    return applyAffine(toInput, [side(0), side(1), side(2)])
  })
  const mm = spacing(input)
  const span = (axis: Axis): readonly [number, number] => {
    const reached = corners.map((corner) => corner[axis] + 0.5)
    const margin = marginMm / mm[axis]
    const low = Math.max(0, Math.floor(Math.min(...reached) - margin))
    return [low, Math.min(input.dims[axis], Math.ceil(Math.max(...reached) + margin))]
  }
  return boxOfSpans(span(0), span(1), span(2))
}

/** What two boxes share; where they share nothing, the second. */
export function intersection(a: Box, b: Box): Box {
  const span = (axis: Axis): readonly [number, number] => [
    Math.max(a.low[axis], b.low[axis]),
    Math.min(a.high[axis], b.high[axis]),
  ]
  const shared = boxOfSpans(span(0), span(1), span(2))
  return boxSize(shared).every((n) => n > 0) ? shared : b
}

function boxOfSpans(
  ...spans: readonly [i: readonly [number, number], j: readonly [number, number], k: readonly [number, number]]
): Box {
  const [i, j, k] = spans
  return { low: [i[0], j[0], k[0]], high: [i[1], j[1], k[1]] }
}
