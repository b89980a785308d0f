import { axisMapOf } from '../../../shared/geometry/orientation'
import type { LabelSchema } from '../../../shared/labels/schema'
import { boxesOf } from '../../../shared/voxels/box'
import { bodyOf } from '../../../shared/voxels/body'
import { spacing, type LabelMap, type Volume } from '../../imaging/volume'

/**
 * The abdomen: the patient's body (without the table and the air around it) on the slices from the lowest organ to the highest, and
 * `marginMm` beyond. Organs that run on into the thorax or the pelvis, which are those that are scored within the reference's slices
 * alone, say nothing about where the abdomen ends, unless there are no others.
 * @param image HU, on the grid of the labels, in any orientation
 * @returns 1 inside, 0 outside; null where there are no organs
 */
export function abdomenOf(image: Volume, labels: LabelMap, schema: LabelSchema, marginMm: number): Uint8Array | null {
  const { dims, affine } = labels
  const axis = ([0, 1, 2] as const).find((one) => axisMapOf(affine).world[one] === 2) ?? 2
  const boxes = boxesOf(labels.data, dims)
  const organs = schema.structures.filter(({ id, kind }) => kind === 'organ' && boxes.has(id))
  const ending = organs.filter((organ) => !organ.scoredWithinReference)
  const extents = (ending.length > 0 ? ending : organs).flatMap(({ id }) => boxes.get(id) ?? [])
  if (extents.length === 0) return null
  const margin = Math.round(marginMm / spacing(labels)[axis])
  const low = Math.min(...extents.map((box) => box.low[axis])) - margin
  const high = Math.max(...extents.map((box) => box.high[axis])) + margin
  const abdomen = bodyOf(image.data, dims, spacing(labels))
  const stride = [1, dims[0], dims[0] * dims[1]][axis]
  for (let at = 0; at < abdomen.length; at++) {
    const slice = Math.floor(at / stride) % dims[axis]
    if (slice < low || slice >= high) abdomen[at] = 0
  }
  return abdomen
}
