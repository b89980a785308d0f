import type { Vec3 } from '../geometry/affine'
import { boxSize, type Box } from './box'

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

export function inverted(voxels: Uint8Array): Uint8Array {
  return voxels.map((value) => 1 - value)
}
