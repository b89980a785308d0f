import type { Vec3 } from '../../../shared/geometry/affine'
import { BACKGROUND, NOT_ANNOTATED, type LabelSchema } from '../../../shared/labels/schema'
import { boxOf, boxSize, cropped, growBox, type Box } from '../../../shared/voxels/box'
import { componentMap, findComponents } from '../../../shared/voxels/components'
import { squaredDistanceTo } from '../../../shared/voxels/distance'
import { spacing, type LabelMap, type Volume } from '../../imaging/volume'
import { abdomenOf } from './abdomen'

export interface CleaningOptions {
  /** Islands of fewer voxels become background. */
  readonly leastVoxels: number
  /** How far the abdomen goes on beyond the organs' lowest and highest slice, mm. */
  readonly abdomenMarginMm: number
  /** A lesion none of whose voxels is so near to an organ, mm, becomes background. */
  readonly lesionReachMm: number
}

/** As in `merge-max-context-cutmix`, section 2.2, "Data-cleaning"; the paper does not say how far is far, nor where the abdomen ends. */
export const defaultCleaning: CleaningOptions = { leastVoxels: 100, abdomenMarginMm: 20, lesionReachMm: 20 }

/** Voxels that were taken away, by why. */
export interface Cleaned {
  readonly islands: number
  readonly outsideAbdomen: number
  readonly farFromOrgans: number
}

/**
 * Cleans pseudo-labels in place: islands of every structure that are too small to be real, then lesions most of which lies
 * outside the abdomen (`abdomenOf`: in the table or the air, in the thorax, in the pelvis), then lesions within it that are far
 * from every organ. Where there are no organs, no lesion goes by the last two.
 * @param image HU, on the grid of the labels
 */
export function cleanLabels(
  labels: LabelMap,
  image: Volume,
  schema: LabelSchema,
  options: CleaningOptions = defaultCleaning,
): Cleaned {
  const removed = { islands: 0, outsideAbdomen: 0, farFromOrgans: 0 }
  for (const { id } of schema.structures) {
    removed.islands += removeComponents(labels, id, ({ size }) => size < options.leastVoxels)
  }
  const lesions = schema.structures.filter(({ id, kind }) => kind === 'lesion' && labels.data.includes(id))
  const abdomen = lesions.length > 0 ? abdomenOf(image, labels, schema, options.abdomenMarginMm) : null
  if (!abdomen) return removed
  const organIds = new Set(schema.structures.filter((s) => s.kind === 'organ').map((s) => s.id))
  const [x, y, z] = spacing(labels).map((mm) => Math.ceil(options.lesionReachMm / mm))
  for (const { id } of lesions) {
    removed.outsideAbdomen += removeComponents(labels, id, ({ size, inside }) => 2 * inside < size, abdomen)
    removed.farFromOrgans += removeComponents(
      labels,
      id,
      ({ box }) => !isNear(labels, id, box, organIds, growBox(box, [x, y, z], labels.dims), options.lesionReachMm),
    )
  }
  return removed
}

interface Component {
  readonly size: number
  /** Voxels of it where the mask is 1. */
  readonly inside: number
  readonly box: Box
}

/** Sets the components of a label that `isWrong` names to background; gives how many voxels that were. */
function removeComponents(
  labels: LabelMap,
  id: number,
  isWrong: (component: Component) => boolean,
  mask?: Uint8Array,
): number {
  const { data, dims } = labels
  const box = boxOf(data, dims, id)
  if (!box) return 0
  const size = boxSize(box)
  const found = findComponents(cropped(data, dims, box), size, { label: id })
  const map = componentMap(found, size[0] * size[1] * size[2])
  const boxes = componentBoxes(map, size, found.sizes.length)
  const inside = new Float64Array(found.sizes.length)
  const within = mask && cropped(mask, dims, box)
  if (within) for (let at = 0; at < map.length; at++) if (map[at] > 0) inside[map[at] - 1] += within[at]
  const wrong = found.sizes.map((voxels, n) =>
    isWrong({ size: voxels, inside: inside[n], box: shifted(boxes[n], box.low) }),
  )
  if (!wrong.includes(true)) return 0
  let removed = 0
  for (let at = 0; at < map.length; at++) {
    if (map[at] === 0 || !wrong[map[at] - 1]) continue
    const i = box.low[0] + (at % size[0])
    const j = box.low[1] + (Math.floor(at / size[0]) % size[1])
    const k = box.low[2] + Math.floor(at / (size[0] * size[1]))
    data[i + dims[0] * (j + dims[1] * k)] = BACKGROUND
    removed++
  }
  return removed
}

function componentBoxes(map: Int32Array, [nx, ny]: Vec3, count: number): Box[] {
  const low = Array.from({ length: count }, (): [number, number, number] => [Infinity, Infinity, Infinity])
  const high = Array.from({ length: count }, (): [number, number, number] => [0, 0, 0])
  for (let at = 0; at < map.length; at++) {
    if (map[at] === 0) continue
    const voxel = [at % nx, Math.floor(at / nx) % ny, Math.floor(at / (nx * ny))]
    for (const axis of [0, 1, 2] as const) {
      low[map[at] - 1][axis] = Math.min(low[map[at] - 1][axis], voxel[axis])
      high[map[at] - 1][axis] = Math.max(high[map[at] - 1][axis], voxel[axis] + 1)
    }
  }
  return low.map((corner, n) => ({ low: corner, high: high[n] }))
}

const shifted = ({ low, high }: Box, by: Vec3): Box => ({
  low: [low[0] + by[0], low[1] + by[1], low[2] + by[2]],
  high: [high[0] + by[0], high[1] + by[1], high[2] + by[2]],
})

/** Whether a voxel of the lesion in `box` lies within `mm` of an organ; `around` is the box grown by that. */
function isNear(labels: LabelMap, id: number, box: Box, organs: ReadonlySet<number>, around: Box, mm: number): boolean {
  const part = cropped(labels.data, labels.dims, around)
  const size = boxSize(around)
  const squared = squaredDistanceTo(
    part.map((label) => (label !== NOT_ANNOTATED && organs.has(label) ? 1 : 0)),
    size,
    spacing(labels),
  )
  const from = box.low.map((low, axis) => low - around.low[axis])
  const to = box.high.map((high, axis) => high - around.low[axis])
  for (let k = from[2]; k < to[2]; k++) {
    for (let j = from[1]; j < to[1]; j++) {
      for (let i = from[0]; i < to[0]; i++) {
        const at = i + size[0] * (j + size[1] * k)
        if (part[at] === id && squared[at] <= mm * mm) return true
      }
    }
  }
  return false
}
