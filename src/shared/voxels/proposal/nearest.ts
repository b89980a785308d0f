import type { Vec3 } from '../../geometry/affine'

/** mm to the nearest of some voxels; Infinity where there is none. */
export function nearestMm(at: Vec3, others: readonly Vec3[], spacing: Vec3): number {
  return Math.sqrt(others.reduce((least, p) => Math.min(least, squaredMm(p, at, spacing)), Infinity))
}

export function squaredMm(a: Vec3, b: Vec3, spacing: Vec3): number {
  return ((a[0] - b[0]) * spacing[0]) ** 2 + ((a[1] - b[1]) * spacing[1]) ** 2 + ((a[2] - b[2]) * spacing[2]) ** 2
}
