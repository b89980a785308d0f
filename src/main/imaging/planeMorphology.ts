import type { Vec3 } from '../../shared/geometry/affine'
import { findComponents } from '../../shared/voxels/components'

/** Masks (0 and 1), slice by slice: what is done to one slice does not reach into the next. */

/** Without the voxels that touch a 0 over an edge within their slice; beyond the slice counts as 1. */
export function eroded(mask: Uint8Array, dims: Vec3): Uint8Array {
  return changed(mask, dims, 0)
}

/** With the voxels that touch a 1 over an edge within their slice. */
export function dilated(mask: Uint8Array, dims: Vec3): Uint8Array {
  return changed(mask, dims, 1)
}

function changed(mask: Uint8Array, [nx, ny, nz]: Vec3, spreading: 0 | 1): Uint8Array {
  const out = new Uint8Array(mask.length)
  for (let row = 0; row < ny * nz; row++) {
    const j = row % ny
    spreadRow(mask, out, row * nx, nx, j > 0 ? -nx : 0, j < ny - 1 ? nx : 0, spreading)
  }
  return out
}

/**
 * One row, to whose voxels those so far before and after them in other rows spread: without a branch, and a function of its own,
 * so that it is soon compiled though an image is looked at only once.
 */
function spreadRow(
  mask: Uint8Array,
  out: Uint8Array,
  first: number,
  nx: number,
  before: number,
  after: number,
  spreading: 0 | 1,
): void {
  const turn = 1 - spreading
  const last = first + nx - 1
  for (let n = first; n <= last; n++) {
    const left = n > first ? n - 1 : n
    const right = n < last ? n + 1 : n
    const any =
      (mask[n] ^ turn) |
      (mask[left] ^ turn) |
      (mask[right] ^ turn) |
      (mask[n + before] ^ turn) |
      (mask[n + after] ^ turn)
    out[n] = any ^ turn
  }
}

/** With every hole that is closed within its slice filled. */
export function withoutHoles(mask: Uint8Array, [nx, ny, nz]: Vec3): Uint8Array {
  const out = new Uint8Array(mask.length).fill(1)
  const size = nx * ny
  for (let k = 0; k < nz; k++) {
    const empty = mask.subarray(k * size, (k + 1) * size).map((voxel) => 1 - voxel)
    const { start, length, component } = findComponents(empty, [nx, ny, 1], { connectivity: 6 })
    const open = new Set<number>()
    for (let r = 0; r < start.length; r++) {
      const i = start[r] % nx
      if (i === 0 || i + length[r] === nx || start[r] < nx || start[r] >= size - nx) open.add(component[r])
    }
    for (let r = 0; r < start.length; r++) {
      if (open.has(component[r])) out.fill(0, k * size + start[r], k * size + start[r] + length[r])
    }
  }
  return out
}
