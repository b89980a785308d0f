import type { Vec3 } from '../../shared/geometry/affine'
import type { Box } from '../../shared/voxels/box'
import type { Hints } from '../../shared/voxels/proposal/hints'
import { sliceAxis, type Plane } from './brush'

export type MarkKind = 'point' | 'scribble' | 'box'

/** Something that the reader marked for a proposal. */
export interface Mark {
  readonly kind: MarkKind
  readonly inside: boolean
  /** Where it was drawn. */
  readonly plane: Plane
  /** Continuous voxel coordinates: a point, a path, or two opposite corners. */
  readonly points: readonly Vec3[]
}

/** Of a long scribble so many voxels are taken, evenly. */
const mostOfScribble = 24

const voxelOf = ([i, j, k]: Vec3): Vec3 => [Math.round(i), Math.round(j), Math.round(k)]

/** What marks say, in voxels; what lies outside the image says nothing. */
export function hintsOf(marks: readonly Mark[], dims: Vec3): Hints {
  const boxes = marks.filter(({ kind }) => kind === 'box').map(boxOfMark)
  return { inside: pointsOf(marks, dims, true), outside: pointsOf(marks, dims, false), boxes }
}

/** The voxels of points and scribbles that say inside, or outside. */
export function pointsOf(marks: readonly Mark[], dims: Vec3, inside: boolean): Vec3[] {
  const within = (point: Vec3): boolean => point.every((n, axis) => n >= 0 && n < dims[axis])
  const all = marks.filter((mark) => mark.kind !== 'box' && mark.inside === inside)
  return all.flatMap(({ points }) => distinct(points.map(voxelOf).filter(within)))
}

/** The voxels that a box holds, on its slice. */
export function boxOfMark({ points, plane }: Mark): Box {
  const [a, b] = [voxelOf(points[0]), voxelOf(points[points.length - 1])]
  const flat = sliceAxis[plane]
  const low = (axis: 0 | 1 | 2): number => (axis === flat ? a[axis] : Math.min(a[axis], b[axis]))
  const high = (axis: 0 | 1 | 2): number => (axis === flat ? a[axis] + 1 : Math.max(a[axis], b[axis]) + 1)
  return { low: [low(0), low(1), low(2)], high: [high(0), high(1), high(2)] }
}

/** Each voxel once, and not too many. */
function distinct(points: readonly Vec3[]): Vec3[] {
  const once = [...new Map(points.map((point) => [point.join(), point])).values()]
  const step = Math.max(1, once.length / mostOfScribble)
  return Array.from({ length: Math.ceil(once.length / step) }, (_, n) => once[Math.floor(n * step)])
}
