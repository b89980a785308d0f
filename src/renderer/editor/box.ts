import type { Vec3 } from '../../shared/geometry/affine'

/** Voxels min <= (i, j, k) < max. */
export interface Box {
  readonly min: Vec3
  readonly max: Vec3
}

export function wholeBox(dims: Vec3): Box {
  return { min: [0, 0, 0], max: dims }
}

/** The smallest box around both; either may be null. */
export function unionBoxes(a: Box | null, b: Box | null): Box | null {
  if (!a || !b) return a ?? b
  return {
    min: [Math.min(a.min[0], b.min[0]), Math.min(a.min[1], b.min[1]), Math.min(a.min[2], b.min[2])],
    max: [Math.max(a.max[0], b.max[0]), Math.max(a.max[1], b.max[1]), Math.max(a.max[2], b.max[2])],
  }
}
