import type { Vec3 } from '../geometry/affine'
import { boxOf, boxSize, growBox, type Box } from './box'

/** Part of a structure: `voxels[i + nx * (j + ny * k)]` with the box's own size is 1 inside, 0 outside. */
export interface Mask {
  readonly box: Box
  readonly voxels: Uint8Array
}

/** The voxels of `box` that hold `value`. */
export function maskIn(labels: Uint8Array, dims: Vec3, value: number, box: Box): Mask {
  const [nx, ny, nz] = boxSize(box)
  const voxels = new Uint8Array(nx * ny * nz)
  for (let k = 0, out = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++, out += nx) {
      const row = box.low[0] + dims[0] * (box.low[1] + j + dims[1] * (box.low[2] + k))
      for (let i = 0; i < nx; i++) voxels[out + i] = labels[row + i] === value ? 1 : 0
    }
  }
  return { box, voxels }
}

/**
 * A whole structure with at least `marginMm` around it, and one voxel more so that its surface is complete, cut to the
 * grid; null where it has no voxel.
 */
export function structureMask(labels: Uint8Array, dims: Vec3, spacing: Vec3, value: number, marginMm = 0): Mask | null {
  const box = boxOf(labels, dims, value)
  if (!box) return null
  const voxels = (axis: 0 | 1 | 2): number => Math.ceil(Math.max(0, marginMm) / spacing[axis]) + 1
  return maskIn(labels, dims, value, growBox(box, [voxels(0), voxels(1), voxels(2)], dims))
}

export function inverted(voxels: Uint8Array): Uint8Array {
  return voxels.map((value) => 1 - value)
}
