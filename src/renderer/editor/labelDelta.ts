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
  const { starts, lengths } = delta
  for (let r = 0; r < starts.length; r++) {
    const value = values[r]
    const end = starts[r] + lengths[r]
    // Most runs are short, and a call takes longer than to write them.
    if (lengths[r] > 32) data.fill(value, starts[r], end)
    else for (let n = starts[r]; n < end; n++) data[n] = value
  }
}

/** Gathers runs while an edit is under way, in any order, each voxel at most once. */
export class DeltaRecorder {
  private count = 0
  private starts = new Uint32Array(256)
  private lengths = new Uint32Array(256)
  /** Values before and after, by turns. */
  private values = new Uint8Array(512)
  private isSorted = true
  private low: [number, number, number] = [Infinity, Infinity, Infinity]
  private high: [number, number, number] = [-1, -1, -1]

  constructor(private readonly dims: Vec3) {}

  /** A run of voxels within one row (same j and k). */
  add(start: number, length: number, before: number, after: number): void {
    const at = this.count++
    if (at === this.starts.length) this.widen()
    if (at > 0 && start < this.starts[at - 1]) this.isSorted = false
    this.starts[at] = start
    this.lengths[at] = length
    this.values[2 * at] = before
    this.values[2 * at + 1] = after
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
    const { count, values } = this
    if (count === 0) return null
    const order = this.isSorted ? null : this.order()
    const starts = new Uint32Array(count)
    const lengths = new Uint32Array(count)
    const before = new Uint8Array(count)
    const after = new Uint8Array(count)
    let last = -1
    for (let n = 0; n < count; n++) {
      const r = order ? order[n] : n
      const [start, old, next] = [this.starts[r], values[2 * r], values[2 * r + 1]]
      const continues =
        last >= 0 && starts[last] + lengths[last] === start && before[last] === old && after[last] === next
      if (continues) lengths[last] += this.lengths[r]
      else {
        last++
        starts[last] = start
        lengths[last] = this.lengths[r]
        before[last] = old
        after[last] = next
      }
    }
    return {
      box: { min: [...this.low], max: [...this.high] },
      starts: starts.slice(0, last + 1),
      lengths: lengths.slice(0, last + 1),
      before: before.slice(0, last + 1),
      after: after.slice(0, last + 1),
    }
  }

  /** The runs by their starts, sorted digit by digit from the lowest, each time keeping the order of before. */
  private order(): Uint32Array {
    const { count, starts } = this
    let order = new Uint32Array(count)
    for (let r = 0; r < count; r++) order[r] = r
    let sorted = new Uint32Array(count)
    const places = new Uint32Array(digit)
    for (let shift = 0; shift < 32; shift += digitBits) {
      places.fill(0)
      for (let r = 0; r < count; r++) places[(starts[r] >>> shift) & (digit - 1)]++
      let place = 0
      for (let d = 0; d < digit; d++) {
        const here = places[d]
        places[d] = place
        place += here
      }
      for (let n = 0; n < count; n++) sorted[places[(starts[order[n]] >>> shift) & (digit - 1)]++] = order[n]
      ;[order, sorted] = [sorted, order]
    }
    return order
  }

  private widen(): void {
    const room = 2 * this.starts.length
    const wider = <T extends Uint32Array | Uint8Array>(from: T, to: T): T => {
      to.set(from)
      return to
    }
    this.starts = wider(this.starts, new Uint32Array(room))
    this.lengths = wider(this.lengths, new Uint32Array(room))
    this.values = wider(this.values, new Uint8Array(2 * room))
  }
}

const digitBits = 11
const digit = 2 ** digitBits
