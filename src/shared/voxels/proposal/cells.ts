import type { Vec3 } from '../../geometry/affine'
import { distanceTo } from '../distance'
import { eachInnerRow, type FramedGrid } from './framedGrid'

/** Operations on the cells of a framed grid. */

/** The frame takes the values of the cells beside it. */
export function extendFrame(values: Float32Array, [nx, ny, nz]: Vec3): void {
  for (let z = 1; z < nz - 1; z++) {
    for (let y = 1; y < ny - 1; y++) {
      const row = nx * (y + ny * z)
      values[row] = values[row + 1]
      values[row + nx - 1] = values[row + nx - 2]
    }
    const plane = nx * ny * z
    values.copyWithin(plane, plane + nx, plane + 2 * nx)
    values.copyWithin(plane + nx * (ny - 1), plane + nx * (ny - 2), plane + nx * (ny - 1))
  }
  const area = nx * ny
  values.copyWithin(0, area, 2 * area)
  values.copyWithin(area * (nz - 1), area * (nz - 2), area * (nz - 1))
}

/** The mean of each cell and its neighbours along one axis after the other, with weights 1 2 1, so many times. */
export function blurred(values: Float32Array, size: Vec3, times = 1): Float32Array {
  let from = values
  for (let n = 0; n < 3 * times; n++) {
    const stride = [1, size[0], size[0] * size[1]][n % 3]
    const source = from
    const to = source.slice()
    eachInnerRow(size, (start, end) => {
      for (let at = start; at < end; at++) {
        to[at] = 0.25 * (source[at - stride] + source[at + stride]) + 0.5 * source[at]
      }
    })
    extendFrame(to, size)
    from = to
  }
  return from
}

/** How much values change from cell to cell, in units. */
export function edgeStrength(values: Float32Array, size: Vec3, unit: number): Float32Array {
  const out = new Float32Array(values.length)
  const [sx, sy, sz] = [1, size[0], size[0] * size[1]]
  eachInnerRow(size, (from, to) => {
    for (let at = from; at < to; at++) {
      const dx = values[at + sx] - values[at - sx]
      const dy = values[at + sy] - values[at - sy]
      const dz = values[at + sz] - values[at - sz]
      out[at] = Math.sqrt(dx * dx + dy * dy + dz * dz) / (2 * unit)
    }
  })
  return out
}

/** The cells around clicks. */
export interface Balls {
  /** 1 in any of them. */
  readonly is: Uint8Array
  readonly cells: readonly number[]
  /** Those within half the radius of a click, at least the click's own. */
  readonly cores: readonly number[]
}

export function ballsAround(grid: FramedGrid, centres: readonly number[], radiiMm: readonly number[]): Balls {
  const { size, spacing } = grid
  const [nx, ny] = size
  const is = new Uint8Array(grid.values.length)
  const cells: number[] = []
  const cores: number[] = []
  centres.forEach((centre, n) => {
    const radius = radiiMm[n]
    const [x, y, z] = [centre % nx, Math.floor(centre / nx) % ny, Math.floor(centre / nx / ny)]
    const reach = spacing.map((s) => Math.floor(radius / s))
    for (let c = Math.max(1, z - reach[2]); c <= Math.min(size[2] - 2, z + reach[2]); c++) {
      for (let b = Math.max(1, y - reach[1]); b <= Math.min(size[1] - 2, y + reach[1]); b++) {
        for (let a = Math.max(1, x - reach[0]); a <= Math.min(size[0] - 2, x + reach[0]); a++) {
          const mm = Math.hypot((a - x) * spacing[0], (b - y) * spacing[1], (c - z) * spacing[2])
          if (mm > radius && mm > 0) continue
          const cell = a + nx * (b + ny * c)
          if (!is[cell]) cells.push(cell)
          is[cell] = 1
          if (mm <= radius / 2) cores.push(cell)
        }
      }
    }
  })
  return { is, cells, cores }
}

/** mm to the nearest of some cells; Infinity where there are none. */
export function distanceToCells(cells: readonly number[], grid: FramedGrid): Float32Array {
  const sites = new Uint8Array(grid.values.length)
  for (const cell of cells) sites[cell] = 1
  return distanceTo(sites, grid.size, grid.spacing)
}
