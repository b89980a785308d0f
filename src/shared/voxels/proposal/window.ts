import type { Vec3 } from '../../geometry/affine'
import type { Box } from '../box'

/** Cells along each side of a window, and with a frame one cell wide around them. */
export const windowCells = 24
export const framedCells = windowCells + 2
export const framedSize: Vec3 = [framedCells, framedCells, framedCells]

/** A cube of cells laid over a block of voxels: small ones look closely at a place, large ones take in a structure. */
export interface Window {
  /** In voxels of the block, a voxel's middle being a whole number. */
  readonly centre: Vec3
  /** Edge of a cell. */
  readonly mm: number
}

/** Where the middle of a framed cell lies, in voxels. */
const placeOf = (cell: number, centre: number, step: number): number => centre + (cell - (framedCells - 1) / 2) * step

/** The framed cell that a voxel lies in; null where it is beside the window. */
export function cellAt(at: Vec3, { centre, mm }: Window, spacing: Vec3): number | null {
  const [x, y, z] = at.map((v, axis) => Math.round(((v - centre[axis]) * spacing[axis]) / mm + (framedCells - 1) / 2))
  const inner = [x, y, z].every((n) => n >= 1 && n <= windowCells)
  return inner ? x + framedCells * (y + framedCells * z) : null
}

/**
 * A block's voxels at a window's framed cells, `[x + n * (y + n * z)]`: averaged with weights that fall off over a cell
 * or a voxel, whichever is larger, axis after axis. Beyond the block its border goes on.
 */
export function sampled(voxels: Int16Array | Uint8Array, size: Vec3, spacing: Vec3, window: Window): Float32Array {
  const [ax, ay, az] = ([0, 1, 2] as const).map((axis) => taps(size[axis], window.centre[axis], window.mm / spacing[axis])) // prettier-ignore
  const n = framedCells
  const [ny, nz] = [ay.high - ay.low, az.high - az.low]
  const alongI = new Float32Array(n * ny * nz)
  for (let k = 0, to = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++, to += n) {
      const row = size[0] * (j + ay.low + size[1] * (k + az.low))
      for (let x = 0; x < n; x++) {
        let sum = 0
        for (let t = ax.start[x]; t < ax.start[x + 1]; t++) sum += ax.weight[t] * voxels[row + ax.voxel[t]]
        alongI[to + x] = sum
      }
    }
  }
  const alongJ = new Float32Array(n * n * nz)
  for (let k = 0; k < nz; k++) mixRows(alongI, n * ny * k, ay, alongJ, n * n * k, n)
  const out = new Float32Array(n * n * n)
  mixRows(alongJ, 0, az, out, 0, n * n)
  return out
}

/** Each output row is a mix of input rows. */
function mixRows(from: Float32Array, fromAt: number, axis: Taps, to: Float32Array, toAt: number, length: number): void {
  for (let cell = 0; cell < framedCells; cell++) {
    const target = toAt + cell * length
    for (let t = axis.start[cell]; t < axis.start[cell + 1]; t++) {
      const source = fromAt + (axis.voxel[t] - axis.low) * length
      const weight = axis.weight[t]
      for (let n = 0; n < length; n++) to[target + n] += weight * from[source + n]
    }
  }
}

/** Which voxels each cell along one axis is averaged from: taps `start[cell]` to `start[cell + 1]`. */
interface Taps {
  readonly start: Int32Array
  readonly voxel: readonly number[]
  readonly weight: readonly number[]
  /** All voxels lie in [low, high). */
  readonly low: number
  readonly high: number
}

function taps(voxels: number, centre: number, step: number): Taps {
  const half = Math.max(1, step)
  const start = new Int32Array(framedCells + 1)
  const voxel: number[] = []
  const weight: number[] = []
  for (let cell = 0; cell < framedCells; cell++) {
    const at = placeOf(cell, centre, step)
    let sum = 0
    for (let v = Math.ceil(at - half); v <= Math.floor(at + half); v++) {
      const w = 1 - Math.abs(v - at) / half
      if (w <= 0) continue
      voxel.push(Math.min(voxels - 1, Math.max(0, v)))
      weight.push(w)
      sum += w
    }
    for (let t = start[cell]; t < weight.length; t++) weight[t] /= sum
    start[cell + 1] = weight.length
  }
  const low = voxel.reduce((a, b) => Math.min(a, b), voxels - 1)
  return { start, voxel, weight, low, high: voxel.reduce((a, b) => Math.max(a, b), 0) + 1 }
}

/** The voxels of a block that lie in a window; null where none does. */
export function windowBox({ centre, mm }: Window, size: Vec3, spacing: Vec3): Box | null {
  const half = (axis: 0 | 1 | 2): number => ((windowCells / 2) * mm) / spacing[axis]
  const low = (axis: 0 | 1 | 2): number => Math.max(0, Math.ceil(centre[axis] - half(axis)))
  const high = (axis: 0 | 1 | 2): number => Math.min(size[axis], Math.floor(centre[axis] + half(axis)) + 1)
  const box: Box = { low: [low(0), low(1), low(2)], high: [high(0), high(1), high(2)] }
  return box.low.every((n, axis) => n < box.high[axis]) ? box : null
}

/**
 * Calls for every voxel of a box within a window with what framed cells hold there, by trilinear interpolation.
 * @param visit told the voxel's index in the block
 */
export function eachVoxelValue(
  cells: Float32Array,
  window: Window,
  box: Box,
  size: Vec3,
  spacing: Vec3,
  visit: (voxel: number, value: number) => void,
): void {
  const [ax, ay, az] = ([0, 1, 2] as const).map((axis) => between(box, axis, window, spacing))
  const n = framedCells
  const row = new Float32Array(n)
  for (let k = box.low[2], z = 0; k < box.high[2]; k++, z++) {
    for (let j = box.low[1], y = 0; j < box.high[1]; j++, y++) {
      const at = n * (ay.cell[y] + n * az.cell[z])
      const [wy, wz] = [ay.share[y], az.share[z]]
      for (let x = 0; x < n; x++) {
        const near = cells[at + x] + wy * (cells[at + n + x] - cells[at + x])
        const up = at + n * n + x
        row[x] = near + wz * (cells[up] + wy * (cells[up + n] - cells[up]) - near)
      }
      const start = size[0] * (j + size[1] * k)
      for (let i = box.low[0], x = 0; i < box.high[0]; i++, x++) {
        const a = row[ax.cell[x]]
        visit(start + i, a + ax.share[x] * (row[ax.cell[x] + 1] - a))
      }
    }
  }
}

/** Between which cell and the next each voxel lies, and how far along. */
function between(box: Box, axis: 0 | 1 | 2, { centre, mm }: Window, spacing: Vec3) {
  const count = box.high[axis] - box.low[axis]
  const cell = new Int32Array(count)
  const share = new Float32Array(count)
  for (let n = 0; n < count; n++) {
    const at = ((box.low[axis] + n - centre[axis]) * spacing[axis]) / mm + (framedCells - 1) / 2
    cell[n] = Math.min(framedCells - 2, Math.max(0, Math.floor(at)))
    share[n] = Math.min(1, Math.max(0, at - cell[n]))
  }
  return { cell, share }
}
