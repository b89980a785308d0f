import type { Vec3 } from '../../shared/geometry/affine'
import { spread } from '../../shared/voxels/flood'
import type { Box } from './box'
import { visitSweep, type RowVisitor, type Sweep } from './brush'

/** How far around a stroke's start its tissue is looked at, mm. */
const sampleMm = 2.5
/** How many standard deviations of the sample still count as the same tissue, and at least how many HU. */
const tolerance = { deviations: 3, least: 14 } as const

/** The range of HU, means of 3 x 3 voxels of a slice, of the tissue around a voxel: its median and spread, both robust. */
export function tissueAt(image: Int16Array, dims: Vec3, spacing: Vec3, at: Vec3): readonly [low: number, high: number] {
  const values: number[] = []
  const sample = { from: at, to: at, radiusMm: sampleMm, plane: 'axial' } as const
  const means = new RowMeans(image, dims)
  visitSweep(dims, spacing, sample, (first, last, j, k) => {
    const row = means.of(first, last, j, k)
    for (let n = 0; n <= last - first; n++) values.push(row[n])
  })
  if (values.length === 0) return [0, -1]
  const median = middleOf(values)
  const spread = 1.4826 * middleOf(values.map((value) => Math.abs(value - median)))
  const reach = Math.max(tolerance.least, tolerance.deviations * spread)
  return [median - reach, median + reach]
}

/** What was looked at under a brush: in each row of its box one run, 1 where the tissue is in the range. */
interface Looked {
  readonly box: Box
  readonly tissue: Uint8Array
  /** By row, along i in the volume; no run where the first lies behind the last. */
  readonly firsts: Int32Array
  readonly lasts: Int32Array
}

/**
 * A brush that stays in the tissue of one range of HU. It knows what it looked at last: from one move of the pointer to
 * the next, most of what lies under the brush is the same.
 */
export class SimilarBrush {
  private before: Looked | null = null
  private readonly means: RowMeans

  constructor(
    image: Int16Array,
    private readonly dims: Vec3,
    private readonly spacing: Vec3,
    private readonly range: readonly [low: number, high: number],
  ) {
    this.means = new RowMeans(image, dims)
  }

  /**
   * Visits the part of a sweep whose tissue is in the range and hangs together, over voxel faces within the brush, with
   * where the sweep begins or ends; single voxels that noise leaves out are taken in. Returns the box visited.
   */
  visit(sweep: Sweep, visit: RowVisitor): Box | null {
    const rows: number[] = []
    const box = visitSweep(this.dims, this.spacing, sweep, (first, last, j, k) => rows.push(first, last, j, k))
    if (!box) return null
    const { min, max } = box
    const [nx, ny, nz] = [max[0] - min[0], max[1] - min[1], max[2] - min[2]]
    const looked: Looked = {
      box,
      tissue: new Uint8Array(nx * ny * nz),
      firsts: new Int32Array(ny * nz).fill(1),
      lasts: new Int32Array(ny * nz),
    }
    for (let r = 0; r < rows.length; r += 4) this.look(looked, rows[r], rows[r + 1], rows[r + 2], rows[r + 3])
    this.before = looked
    const placeOf = (p: Vec3): number => {
      const at = [0, 1, 2].map((axis) => Math.min(max[axis] - 1, Math.max(min[axis], Math.round(p[axis]))) - min[axis])
      return at[0] + nx * (at[1] + ny * at[2])
    }
    const open = looked.tissue.slice()
    const reached = new Uint8Array(open.length)
    for (const start of [placeOf(sweep.to), placeOf(sweep.from)]) {
      if (open[start]) spread(open, [nx, ny, nz], start, reached)
    }
    for (let r = 0; r < rows.length; r += 4) {
      const [first, last, j, k] = [rows[r], rows[r + 1], rows[r + 2], rows[r + 3]]
      const row = nx * (j - min[1] + ny * (k - min[2])) - min[0]
      const isInner = j > min[1] && j < max[1] - 1
      let from = -1
      for (let i = first; i <= last;) {
        const isReached = reached[row + i] === 1
        const isFilled = isReached || (isInner && i > min[0] && i < max[0] - 1 && isSpeck(reached, row + i, nx))
        if (isFilled && from < 0) from = i
        if (!isFilled && from >= 0) {
          visit(from, i - 1, j, k)
          from = -1
        }
        // To the end of what was reached by one look at memory.
        const gap = isReached ? reached.indexOf(0, row + i) - row : i + 1
        i = gap > i ? gap : last + 1
      }
      if (from >= 0) visit(from, last, j, k)
    }
    return box
  }

  /** Finds the tissue of voxels (first .. last, j, k): what was known already, and what lies beside it. */
  private look(looked: Looked, first: number, last: number, j: number, k: number): void {
    const { box, tissue, firsts, lasts } = looked
    const line = lineOf(box, j, k)
    const row = rowStart(box, line)
    let [from, to] = [last + 1, last]
    const { before } = this
    const old = before ? lineOf(before.box, j, k) : -1
    if (before && old >= 0) {
      const [low, high] = [Math.max(first, before.firsts[old]), Math.min(last, before.lasts[old])]
      if (low <= high) {
        ;[from, to] = [low, high]
        const start = rowStart(before.box, old)
        tissue.set(before.tissue.subarray(start + from, start + to + 1), row + from)
      }
    }
    this.judge(tissue, row, first, from - 1, j, k)
    this.judge(tissue, row, to + 1, last, j, k)
    // A thin brush's line may leave the run; of that nothing is known the next time.
    if (firsts[line] <= lasts[line]) return
    firsts[line] = first
    lasts[line] = last
  }

  private judge(tissue: Uint8Array, row: number, first: number, last: number, j: number, k: number): void {
    if (first > last) return
    const [low, high] = this.range
    const means = this.means.of(first, last, j, k)
    for (let i = first; i <= last; i++) {
      const hu = means[i - first]
      tissue[row + i] = hu >= low && hu <= high ? 1 : 0
    }
  }
}

/** The number of a row in a box; -1 where it is not in it. */
function lineOf({ min, max }: Box, j: number, k: number): number {
  if (j < min[1] || k < min[2] || j >= max[1] || k >= max[2]) return -1
  return j - min[1] + (max[1] - min[1]) * (k - min[2])
}

/** What to add to i for a voxel's place in a box. */
function rowStart({ min, max }: Box, line: number): number {
  return (max[0] - min[0]) * line - min[0]
}

/** Whether a voxel that is not at its block's edge is all but surrounded in its slice by what was reached. */
function isSpeck(reached: Uint8Array, at: number, nx: number): boolean {
  const beside = reached[at - 1] + reached[at + 1] + reached[at - nx] + reached[at + nx]
  if (beside < 2) return false
  return beside + reached[at - nx - 1] + reached[at - nx + 1] + reached[at + nx - 1] + reached[at + nx + 1] >= 5
}

/** Means of 3 x 3 voxels of a slice along a row; the image's edge goes on. */
class RowMeans {
  private readonly row: Float32Array

  constructor(
    private readonly image: Int16Array,
    private readonly dims: Vec3,
  ) {
    this.row = new Float32Array(dims[0])
  }

  /** For voxels (first .. last, j, k), in a row that the next call writes over. */
  of(first: number, last: number, j: number, k: number): Float32Array {
    const { image, row } = this
    const [nx, ny] = this.dims
    const middle = nx * (j + ny * k)
    const up = j > 0 ? middle - nx : middle
    const down = j < ny - 1 ? middle + nx : middle
    let before = 0
    let here = 0
    for (let i = first - 1; i <= last + 1; i++) {
      const at = Math.min(nx - 1, Math.max(0, i))
      const next = image[middle + at] + image[up + at] + image[down + at]
      if (i > first) row[i - 1 - first] = (before + here + next) / 9
      before = here
      here = next
    }
    return row
  }
}

function middleOf(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1]
}
