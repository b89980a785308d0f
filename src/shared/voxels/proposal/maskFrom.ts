import type { Vec3 } from '../../geometry/affine'
import { boxSize, type Box } from '../box'
import { findComponents } from '../components'
import { interpolated, type FramedGrid } from './framedGrid'
import { flatAxis, type ProposalInput } from './hints'
import { merged } from './merge'

/**
 * The mask at the image's own voxels: where the interpolated score is above 0, or what the newest mark changes of the
 * proposal before; with the cells of inside points, without those of outside points, without what is blocked or beside a
 * box on its slice; and of all that only what hangs together (over faces) with an inside point or with the structure as
 * it was.
 */
export function maskFrom(score: Float32Array, grid: FramedGrid, input: ProposalInput): Uint8Array {
  const { size, inside, outside, prior, blocked, boxes } = input
  const fine = interpolated(score, grid, size)
  const whole = new Uint8Array(fine.length)
  for (let n = 0; n < whole.length; n++) whole[n] = fine[n] > 0 ? 1 : 0
  const mask = input.before ? merged(input.before, whole, input) : whole
  const at = ([i, j, k]: Vec3): number => i + size[0] * (j + size[1] * k)
  const fill = (points: readonly Vec3[], value: 0 | 1): void => {
    for (const point of points) fillBlock(mask, size, blockAround(point, grid.factor, size), value)
  }
  fill(inside, 1)
  fill(outside, 0)
  for (const point of inside) mask[at(point)] = 1
  for (const box of boxes) emptyBeside(mask, size, box)
  if (blocked) for (let n = 0; n < mask.length; n++) if (blocked[n]) mask[n] = 0
  for (const point of outside) mask[at(point)] = 0
  return connected(mask, size, inside.map(at), prior)
}

/** The cell that a voxel is in, as voxels. */
function blockAround(point: Vec3, factor: Vec3, size: Vec3): Box {
  const low = (axis: 0 | 1 | 2): number => point[axis] - (point[axis] % factor[axis])
  const high = (axis: 0 | 1 | 2): number => Math.min(size[axis], low(axis) + factor[axis])
  return { low: [low(0), low(1), low(2)], high: [high(0), high(1), high(2)] }
}

function fillBlock(mask: Uint8Array, size: Vec3, box: Box, value: number): void {
  const [nx] = boxSize(box)
  if (nx <= 0) return
  for (let k = box.low[2]; k < box.high[2]; k++) {
    for (let j = box.low[1]; j < box.high[1]; j++) {
      const from = box.low[0] + size[0] * (j + size[1] * k)
      mask.fill(value, from, from + nx)
    }
  }
}

/** Empties what lies beside a box on its slice. */
function emptyBeside(mask: Uint8Array, size: Vec3, box: Box): void {
  const flat = flatAxis(box)
  for (const axis of ([0, 1, 2] as const).filter((a) => a !== flat)) {
    const slab = (from: number, to: number): Box => {
      const low: [number, number, number] = [0, 0, 0]
      const high: [number, number, number] = [...size]
      low[flat] = Math.max(0, box.low[flat])
      high[flat] = Math.min(size[flat], box.high[flat])
      low[axis] = Math.max(0, from)
      high[axis] = Math.min(size[axis], to)
      return { low, high }
    }
    fillBlock(mask, size, slab(0, box.low[axis]), 0)
    fillBlock(mask, size, slab(box.high[axis], size[axis]), 0)
  }
}

/** Only the components that hold one of the points or touch the prior. */
function connected(mask: Uint8Array, size: Vec3, points: readonly number[], prior: Uint8Array | null): Uint8Array {
  const { start, length, component, sizes } = findComponents(mask, size, { connectivity: 6 })
  const wanted = new Uint8Array(sizes.length)
  for (let r = 0; r < start.length; r++) {
    if (wanted[component[r]]) continue
    const end = start[r] + length[r]
    const held = points.some((n) => n >= start[r] && n < end)
    if (held || (prior && holdsOne(prior, start[r], end))) wanted[component[r]] = 1
  }
  const out = new Uint8Array(mask.length)
  for (let r = 0; r < start.length; r++) if (wanted[component[r]]) out.fill(1, start[r], start[r] + length[r])
  return out
}

function holdsOne(mask: Uint8Array, from: number, to: number): boolean {
  for (let n = from; n < to; n++) if (mask[n]) return true
  return false
}
