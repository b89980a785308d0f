import type { Vec3 } from '../../shared/geometry/affine'

/**
 * The value at a place between voxels.
 * @param source i fastest
 * @param x, y, z in voxels, from 0 to each axis' last voxel; rounding errors beyond do no harm
 */
export function trilinear(source: Float32Array, [si, sj, sk]: Vec3, x: number, y: number, z: number): number {
  // Truncation is floor here.
  const a = x | 0
  const b = y | 0
  const c = z | 0
  const fx = x - a
  const fy = y - b
  const slice = si * sj
  const at = a + si * b + slice * c
  const di = a < si - 1 ? 1 : 0
  const dj = b < sj - 1 ? si : 0
  const dk = c < sk - 1 ? slice : 0
  const near = source[at] + fx * (source[at + di] - source[at])
  const nearUp = source[at + dj] + fx * (source[at + dj + di] - source[at + dj])
  const far = source[at + dk] + fx * (source[at + dk + di] - source[at + dk])
  const farUp = source[at + dk + dj] + fx * (source[at + dk + dj + di] - source[at + dk + dj])
  const low = near + fy * (nearUp - near)
  const high = far + fy * (farUp - far)
  return low + (z - c) * (high - low)
}
