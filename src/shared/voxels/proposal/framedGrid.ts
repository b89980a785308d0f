import type { Vec3 } from '../../geometry/affine'

/**
 * Values on a grid with a frame one cell wide around it, so that every inner cell has all its 26 neighbours: cell
 * (x, y, z) is `values[x + nx * (y + ny * z)]`, inner cells run from 1 to n - 2 along each axis.
 */
export interface FramedGrid {
  readonly size: Vec3
  /** mm from cell to cell. */
  readonly spacing: Vec3
  readonly values: Float32Array
}

/** Calls for every inner cell's row: cells [from, to). */
export function eachInnerRow(
  [nx, ny, nz]: Vec3,
  visit: (from: number, to: number, y: number, z: number) => void,
): void {
  for (let z = 1; z < nz - 1; z++) {
    for (let y = 1; y < ny - 1; y++) {
      const row = nx * (y + ny * z)
      visit(row + 1, row + nx - 1, y, z)
    }
  }
}
