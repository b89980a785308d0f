import type { Vec3 } from '../../shared/geometry/affine'
import type { Box } from './box'

/**
 * What one edit changed, sparsely: run r covers the voxels starts[r] .. starts[r] + lengths[r] - 1 in memory order
 * (i fastest), which all held before[r] and now hold after[r]. Runs are sorted and do not touch unless their values differ.
 * Memory is proportional to what was changed, never to the volume.
 */
export interface LabelDelta {
  readonly box: Box
  readonly starts: Uint32Array
  readonly lengths: Uint32Array
  readonly before: Uint8Array
  readonly after: Uint8Array
}

export function deltaBytes(delta: LabelDelta): number {
  return delta.starts.byteLength + delta.lengths.byteLength + delta.before.byteLength + delta.after.byteLength
}

/** Voxels that a delta changed. */
export function deltaVoxels(delta: LabelDelta): number {
  return delta.lengths.reduce((sum, length) => sum + length, 0)
}

/** Writes an edit (again), or takes it back. */
export function applyDelta(data: Uint8Array, delta: LabelDelta, direction: 'forward' | 'back'): void {
  const values = direction === 'forward' ? delta.after : delta.before
  delta.starts.forEach((start, r) => data.fill(values[r], start, start + delta.lengths[r]))
}

/** Gathers runs while an edit is under way, in any order, each voxel at most once. */
export class DeltaRecorder {
  private readonly runs: number[] = []
  private low: [number, number, number] = [Infinity, Infinity, Infinity]
  private high: [number, number, number] = [-1, -1, -1]

  constructor(private readonly dims: Vec3) {}

  /** A run of voxels within one row (same j and k). */
  add(start: number, length: number, before: number, after: number): void {
    this.runs.push(start, length, before, after)
    const [nx, ny] = this.dims
    const i = start % nx
    const row = (start - i) / nx
    const j = row % ny
    const k = (row - j) / ny
    const { low, high } = this
    if (i < low[0]) low[0] = i
    if (j < low[1]) low[1] = j
    if (k < low[2]) low[2] = k
    if (i + length > high[0]) high[0] = i + length
    if (j + 1 > high[1]) high[1] = j + 1
    if (k + 1 > high[2]) high[2] = k + 1
  }

  /** The edit so far as one delta; null where nothing changed. */
  finish(): LabelDelta | null {
    const count = this.runs.length / 4
    if (count === 0) return null
    const order = Uint32Array.from({ length: count }, (_, r) => r).sort((a, b) => this.runs[4 * a] - this.runs[4 * b])
    const merged: number[] = []
    for (const r of order) {
      const [start, length, before, after] = this.runs.slice(4 * r, 4 * r + 4)
      const last = merged.length - 4
      const continues =
        last >= 0 &&
        merged[last] + merged[last + 1] === start &&
        merged[last + 2] === before &&
        merged[last + 3] === after
      if (continues) merged[last + 1] += length
      else merged.push(start, length, before, after)
    }
    const column = (c: number): number[] => merged.filter((_, index) => index % 4 === c)
    return {
      box: { min: [...this.low], max: [...this.high] },
      starts: Uint32Array.from(column(0)),
      lengths: Uint32Array.from(column(1)),
      before: Uint8Array.from(column(2)),
      after: Uint8Array.from(column(3)),
    }
  }
}
