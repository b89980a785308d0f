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

/**
 * Visits the part of a swept brush whose tissue is in a range and hangs together, over voxel faces within the brush, with
 * where the sweep begins or ends; single voxels that noise leaves out are taken in. Returns the box visited.
 */
export function visitSimilar(
  image: Int16Array,
  dims: Vec3,
  spacing: Vec3,
  sweep: Sweep,
  [low, high]: readonly [number, number],
  visit: RowVisitor,
): Box | null {
  const rows: number[] = []
  const box = visitSweep(dims, spacing, sweep, (first, last, j, k) => rows.push(first, last, j, k))
  if (!box) return null
  const { min, max } = box
  const [nx, ny, nz] = [max[0] - min[0], max[1] - min[1], max[2] - min[2]]
  const open = new Uint8Array(nx * ny * nz)
  const means = new RowMeans(image, dims)
  for (let r = 0; r < rows.length; r += 4) {
    const [first, last, j, k] = [rows[r], rows[r + 1], rows[r + 2], rows[r + 3]]
    const start = first - min[0] + nx * (j - min[1] + ny * (k - min[2]))
    const row = means.of(first, last, j, k)
    for (let n = 0; n <= last - first; n++) open[start + n] = row[n] >= low && row[n] <= high ? 1 : 0
  }
  const placeOf = (p: Vec3): number => {
    const at = [0, 1, 2].map((axis) => Math.min(max[axis] - 1, Math.max(min[axis], Math.round(p[axis]))) - min[axis])
    return at[0] + nx * (at[1] + ny * at[2])
  }
  const reached = new Uint8Array(open.length)
  for (const start of [placeOf(sweep.to), placeOf(sweep.from)]) {
    if (open[start]) spread(open, [nx, ny, nz], start, reached)
  }
  for (let r = 0; r < rows.length; r += 4) {
    const [first, last, j, k] = [rows[r], rows[r + 1], rows[r + 2], rows[r + 3]]
    const start = first - min[0] + nx * (j - min[1] + ny * (k - min[2]))
    for (let i = first, at = start, from = -1; i <= last + 1; i++, at++) {
      const inside = i <= last && (reached[at] === 1 || isSpeck(reached, at, nx, ny))
      if (inside && from < 0) from = i
      if (inside || from < 0) continue
      visit(from, i - 1, j, k)
      from = -1
    }
  }
  return box
}

/** Whether a voxel is all but surrounded in its slice by what was reached. */
function isSpeck(reached: Uint8Array, at: number, nx: number, ny: number): boolean {
  const i = at % nx
  const j = Math.floor(at / nx) % ny
  if (i === 0 || j === 0 || i === nx - 1 || j === ny - 1) return false
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
