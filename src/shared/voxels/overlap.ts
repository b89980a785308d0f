import type { Vec3 } from '../geometry/affine'
import { unionOf, type Box } from './box'

/**
 * How often each value of one label map meets each of another on the same grid, counted by and by, so that a large
 * volume can be counted in pieces that nobody notices.
 */
export class OverlapCount {
  /** Voxels by value of `a` and value of `b`: `pairs[256 * a + b]`. */
  private readonly pairs = new Uint32Array(65_536)
  private readonly boxes = [new Map<number, Box>(), new Map<number, Box>()] as const
  private row = 0

  /** @throws RangeError where the maps do not fill the grid. */
  constructor(
    private readonly a: Uint8Array,
    private readonly b: Uint8Array,
    private readonly dims: Vec3,
  ) {
    const expected = dims[0] * dims[1] * dims[2]
    if (a.length !== expected || b.length !== expected) throw new RangeError('two label maps on different grids')
  }

  get done(): boolean {
    return this.row === this.dims[1] * this.dims[2]
  }

  /** Counts about so many voxels more. */
  advance(voxels: number): void {
    const [nx, ny, nz] = this.dims
    const stop = Math.min(ny * nz, this.row + Math.max(1, Math.floor(voxels / nx)))
    for (; this.row < stop; this.row++) {
      const start = this.row * nx
      for (let i = 0; i < nx;) {
        const [a, b] = [this.a[start + i], this.b[start + i]]
        const from = i
        do i++
        while (i < nx && this.a[start + i] === a && this.b[start + i] === b)
        this.pairs[256 * a + b] += i - from
        if (a !== 0) this.include(0, a, from, i)
        if (b !== 0) this.include(1, b, from, i)
      }
    }
  }

  /** What is known of a value once all is counted. */
  of(value: number): Overlap {
    let [inA, inB] = [0, 0]
    for (let other = 0; other < 256; other++) {
      inA += this.pairs[256 * value + other]
      inB += this.pairs[256 * other + value]
    }
    const both = this.pairs[257 * value]
    const box = unionOf(this.boxes[0].get(value) ?? null, this.boxes[1].get(value) ?? null)
    return { inA, inB, both, dsc: inA + inB > 0 ? (2 * both) / (inA + inB) : null, box }
  }

  private include(which: 0 | 1, value: number, from: number, to: number): void {
    const ny = this.dims[1]
    const [j, k] = [this.row % ny, Math.floor(this.row / ny)]
    const known = this.boxes[which].get(value)
    if (!known) {
      this.boxes[which].set(value, { low: [from, j, k], high: [to, j + 1, k + 1] })
      return
    }
    const { low, high } = known
    // Most runs lie inside the box already.
    if (from >= low[0] && to <= high[0] && j >= low[1] && j < high[1] && k >= low[2] && k < high[2]) return
    this.boxes[which].set(value, unionOf(known, { low: [from, j, k], high: [to, j + 1, k + 1] }) ?? known)
  }
}

/** How two label maps agree about one value. */
export interface Overlap {
  /** Voxels. */
  readonly inA: number
  readonly inB: number
  readonly both: number
  /** Dice similarity coefficient; null where neither has it. */
  readonly dsc: number | null
  /** Around the voxels that either gives the value; null where neither does. */
  readonly box: Box | null
}
