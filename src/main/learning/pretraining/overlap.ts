import type { Vec3 } from '../../../shared/geometry/affine'
import type { Random } from '../../../shared/random'
import { axes, type View } from './views'

export interface OverlapOptions {
  /** Least part of the smaller view that both have in common: an eighth. */
  readonly leastShare: number
  /** Either view is larger or smaller by up to this share: a tenth. */
  readonly scaling: number
}

/** Two views of one image that have a part in common. */
export interface ViewPair {
  readonly query: View
  readonly key: View
}

/** Corresponding points as numbers of voxels, i fastest, in either view: point n is at `query[n]` and `key[n]`. */
export interface PointPairs {
  readonly query: Int32Array
  readonly key: Int32Array
}

/** Whether an image shows anything at a position in its voxels: air is the same everywhere, and tells no place from another. */
export type IsShown = (position: Vec3) => boolean

const triple = (of: (axis: 0 | 1 | 2) => number): Vec3 => [of(0), of(1), of(2)]

/** The first and last position, in voxels of the image, that a view shows along an axis. */
const ends = ({ start, step }: View, size: Vec3, axis: number): [number, number] => [
  start[axis] - step[axis] / 2,
  start[axis] + step[axis] * (size[axis] - 0.5),
]

/** The common part of two views as a share of the smaller one's volume. */
export function commonShare({ query, key }: ViewPair, size: Vec3): number {
  let [common, first, second] = [1, 1, 1]
  for (const axis of axes) {
    const [a, b] = [ends(query, size, axis), ends(key, size, axis)]
    common *= Math.max(0, Math.min(a[1], b[1]) - Math.max(a[0], b[0]))
    first *= a[1] - a[0]
    second *= b[1] - b[0]
  }
  return common / Math.min(first, second)
}

/** Where a view may start so that it lies within the image, or about it where it is the larger. */
function startRange(dims: Vec3, size: Vec3, step: Vec3, axis: number): [number, number] {
  const last = dims[axis] - 1 - step[axis] * (size[axis] - 1)
  return [Math.min(0, last), Math.max(0, last)]
}

const TRIES = 100

/**
 * Two random views of one image, each scaled on its own, that have at least `leastShare` in common and show the same
 * part of the image there (`lapn-unsupervised-representation`, section 3.2, "Training protocols").
 * @param dims voxels of the image
 * @param size voxels of either view
 */
export function drawOverlap(dims: Vec3, size: Vec3, options: OverlapOptions, random: Random): ViewPair {
  const drawStep = (): Vec3 => {
    const scale = random.between(1 - options.scaling, 1 + options.scaling)
    return [scale, scale, scale]
  }
  const within = (value: number, [low, high]: readonly [number, number]): number => Math.min(high, Math.max(low, value))
  const [queryStep, keyStep] = [drawStep(), drawStep()]
  const query = {
    step: queryStep,
    start: triple((axis) => random.between(...startRange(dims, size, queryStep, axis))),
  }
  for (let tries = 0; tries < TRIES; tries++) {
    const start = triple((axis) => {
      const away = (2 * random.next() - 1) * size[axis] * queryStep[axis]
      return within(query.start[axis] + away, startRange(dims, size, keyStep, axis))
    })
    const pair = { query, key: { start, step: keyStep } }
    if (commonShare(pair, size) >= options.leastShare && commonPart(pair, dims, size)) return pair
  }
  const start = triple((axis) => within(query.start[axis], startRange(dims, size, keyStep, axis)))
  return { query, key: { start, step: keyStep } }
}

/** What both views show of the image itself, first and last position in its voxels by axis; null where nothing. */
function commonPart({ query, key }: ViewPair, dims: Vec3, size: Vec3): [number, number][] | null {
  const part = axes.map((axis): [number, number] => {
    const last = ({ start, step }: View): number => start[axis] + step[axis] * (size[axis] - 1)
    return [Math.max(0, query.start[axis], key.start[axis]), Math.min(dims[axis] - 1, last(query), last(key))]
  })
  return part.every(([low, high]) => high > low) ? part : null
}

/** Of a lattice over the common part of two views, along each axis. */
const PROBES = 6

/** How much of what two views have in common shows anything, 0 to 1. */
export function shownShare(pair: ViewPair, dims: Vec3, size: Vec3, isShown: IsShown): number {
  const part = commonPart(pair, dims, size)
  if (!part) return 0
  let shown = 0
  for (let at = 0; at < PROBES ** 3; at++) {
    const steps = [at % PROBES, Math.floor(at / PROBES) % PROBES, Math.floor(at / PROBES ** 2)]
    const [x, y, z] = part.map(([low, high], axis) => low + ((high - low) * (steps[axis] + 0.5)) / PROBES)
    if (isShown([x, y, z])) shown++
  }
  return shown / PROBES ** 3
}

/**
 * Points that both views show, drawn evenly over their common part within the image, where that shows anything. Each is a voxel of the query and the
 * voxel of the key whose centre is nearest to that voxel's: they are at most half a diagonal of a key's voxel apart. The query's voxels
 * may be moved (`shift`), the key's may not.
 */
export function drawPoints(
  pair: ViewPair,
  dims: Vec3,
  size: Vec3,
  count: number,
  random: Random,
  isShown: IsShown = () => true,
): PointPairs {
  const part = commonPart(pair, dims, size)
  if (!part) throw new Error('the views have no part of the image in common')
  const { query, key } = pair
  if (key.shift) throw new Error("a key's voxels are not moved")
  const voxelOf = (value: number, { start, step }: View, axis: number): number =>
    Math.min(size[axis] - 1, Math.max(0, Math.round((value - start[axis]) / step[axis])))
  const stride = [1, size[0], size[0] * size[1]]
  const numberOf = (voxel: Vec3): number => voxel.reduce((sum, x, axis) => sum + stride[axis] * x, 0)
  const voxels = size[0] * size[1] * size[2]
  const draw = (): { readonly at: number; readonly centre: Vec3 } => {
    const voxel = triple((axis) => voxelOf(random.between(...part[axis]), query, axis))
    const at = numberOf(voxel)
    const moved = (axis: number): number => query.shift?.[at + axis * voxels] ?? 0
    return { at, centre: triple((axis) => query.start[axis] + query.step[axis] * (voxel[axis] + moved(axis))) }
  }
  const isCommon = (centre: Vec3): boolean =>
    isShown(centre) &&
    part.every(([low, high], axis) => {
      const half = query.step[axis] / 2
      return centre[axis] >= low - half && centre[axis] <= high + half
    })
  const points = Array.from({ length: count }, () => {
    let point = draw()
    for (let tries = 1; tries < TRIES && !isCommon(point.centre); tries++) point = draw()
    return point
  })
  return {
    query: Int32Array.from(points, ({ at }) => at),
    key: Int32Array.from(points, ({ centre }) => numberOf(triple((axis) => voxelOf(centre[axis], key, axis)))),
  }
}
