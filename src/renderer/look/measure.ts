import { applyAffine, invertAffine, type Affine, type Vec3 } from '../../shared/geometry/affine'
import type { Measurement } from '../../shared/reading'
import { sliceAxis, type Plane } from '../editor/brush'

export const pointsOf = { ruler: 2, angle: 3 } as const

/** Voxels (continuous) to RAS mm and back, points of a measurement. */
export function toMm(affine: Affine, voxels: readonly Vec3[]): [number, number, number][] {
  return voxels.map((voxel) => [...applyAffine(affine, voxel)])
}

export function toVoxels(affine: Affine, points: readonly Vec3[]): Vec3[] {
  const back = invertAffine(affine)
  return points.map((point) => applyAffine(back, point))
}

/** The slice of its plane that a measurement lies on. */
export function sliceOf(affine: Affine, { plane, points }: Pick<Measurement, 'plane' | 'points'>): number {
  return Math.round(toVoxels(affine, points.slice(0, 1))[0][sliceAxis[plane]])
}

/** A voxel moved onto a slice of a plane. */
export function onSlice(voxel: Vec3, plane: Plane, slice: number): Vec3 {
  const at = (axis: 0 | 1 | 2): number => (axis === sliceAxis[plane] ? slice : voxel[axis])
  return [at(0), at(1), at(2)]
}

export function distanceMm(a: Vec3, b: Vec3): number {
  return Math.hypot(b[0] - a[0], b[1] - a[1], b[2] - a[2])
}

/** The angle at `vertex`, degrees, 0 to 180; 0 where an arm has no length. */
export function angleDegrees(a: Vec3, vertex: Vec3, b: Vec3): number {
  const arm = (end: Vec3): Vec3 => [end[0] - vertex[0], end[1] - vertex[1], end[2] - vertex[2]]
  const [u, w] = [arm(a), arm(b)]
  const lengths = Math.hypot(...u) * Math.hypot(...w)
  if (lengths === 0) return 0
  const cosine = (u[0] * w[0] + u[1] * w[1] + u[2] * w[2]) / lengths
  return (Math.acos(Math.min(1, Math.max(-1, cosine))) * 180) / Math.PI
}

/** What a measurement says: '34.2 mm', '87.5°'. Of an angle under way, its first arm. */
export function valueOf({ points }: Pick<Measurement, 'kind' | 'points'>): string {
  if (points.length === 3) return `${angleDegrees(points[0], points[1], points[2]).toFixed(1)}\u00b0`
  return points.length === 2 ? `${distanceMm(points[0], points[1]).toFixed(1)} mm` : ''
}
