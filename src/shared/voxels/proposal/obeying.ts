import type { Vec3 } from '../../geometry/affine'
import { boxSize, type Box } from '../box'
import { findComponents } from '../components'
import { flatAxis, type ProposalInput } from './hints'

/**
 * The mask with the inside points, without the outside ones, without what is blocked or beside a box on its slice; and of
 * all that only what hangs together (over faces) with an inside point or with the structure as it was.
 * @param mask changed in place
 */
export function obeying(mask: Uint8Array, input: ProposalInput): Uint8Array {
  const { size, inside, outside, prior, blocked, boxes } = input
  const at = ([i, j, k]: Vec3): number => i + size[0] * (j + size[1] * k)
  for (const point of inside) mask[at(point)] = 1
  for (const box of boxes) emptyBeside(mask, size, box)
  if (blocked) for (let n = 0; n < mask.length; n++) if (blocked[n]) mask[n] = 0
  for (const point of outside) mask[at(point)] = 0
  return connected(mask, size, inside.map(at), prior)
}

/** Only the components that hold one of the points. */
export function connectedTo(mask: Uint8Array, size: Vec3, points: readonly Vec3[]): Uint8Array {
  const at = points.map(([i, j, k]) => i + size[0] * (j + size[1] * k))
  for (const n of at) mask[n] = 1
  return connected(mask, size, at, null)
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
