import { alignAxes, linearWeights, nearestIndices, type AxisAlignment } from './axisWeights'
import { voxelCount, type Grid, type LabelMap } from './volume'

/** Corners of a cell do not agree on one class. */
const MIXED = 255

/**
 * The class with the highest score at every voxel of `target`, the scores interpolated trilinearly from the coarser
 * grid `low`; what one would get by interpolating every class to full resolution, without holding even one of them.
 *
 * Interpolated scores are convex combinations of the eight coarse voxels around a point. So where those eight agree
 * on the best class, it is the best between them too and nothing is interpolated: that is nearly everywhere. In the
 * other cells, a class whose highest corner lies below the lowest corner of some class cannot win and is left out.
 *
 * @param scores logits or probabilities, [classes, nz, ny, nx] with i fastest, over `low`
 * @param classes 2 to 254; on a tie the lowest class wins
 * @returns class indices; 0 beyond the outer edge of `low`
 * @throws RangeError where the axes of the grids differ or `scores` has another size.
 */
export function upsampleArgmax(scores: Float32Array, classes: number, low: Grid, target: Grid): LabelMap {
  const count = voxelCount(low.dims)
  if (scores.length !== classes * count || classes > 254) {
    throw new RangeError(`${scores.length} scores are not ${classes} classes on ${low.dims.join(' x ')} voxels`)
  }
  const best = argmax(scores, classes, count)
  const [x, y, z] = alignAxes(low, target).map((a, axis) => cellsAlong(low.dims[axis], target.dims[axis], a))
  const data = new Uint8Array(voxelCount(target.dims))
  const [nx, ny] = low.dims
  const [mx, my] = target.dims
  const agreed = new Uint8Array(nx)
  const line = new Uint8Array(mx)
  const mixedCell = new MixedCell(scores, classes, count)

  for (const cz of z.cells) {
    for (const cy of y.cells) {
      const rows: Rows = [
        nx * (cy.low + ny * cz.low),
        nx * (cy.high + ny * cz.low),
        nx * (cy.low + ny * cz.high),
        nx * (cy.high + ny * cz.high),
      ]
      agreeAcross(best, agreed, nx, rows)
      const mixed: Cell[] = []
      for (const cx of x.cells) {
        const label = agreed[cx.low] === agreed[cx.high] ? agreed[cx.low] : MIXED
        if (label === MIXED) mixed.push(cx)
        else line.fill(label, cx.from, cx.to)
      }
      for (let k = cz.from; k < cz.to; k++) {
        for (let j = cy.from; j < cy.to; j++) data.set(line, mx * (j + my * k))
      }
      for (const cx of mixed) {
        mixedCell.gather(rows, cx)
        for (let k = cz.from; k < cz.to; k++) {
          for (let j = cy.from; j < cy.to; j++) {
            mixedCell.fillRow(data, mx * (j + my * k), cx, x.fraction, y.fraction[j], z.fraction[k])
          }
        }
      }
    }
  }
  clearOutside(data, x.outside, y.outside, z.outside)
  return { dims: target.dims, affine: target.affine, data }
}

/** Where the four rows of coarse voxels around a cell begin: y low and high at z low, then at z high. */
type Rows = readonly [number, number, number, number]

/** A run of target positions [from, to) that lie between the same two source voxels. */
interface Cell {
  readonly low: number
  readonly high: number
  readonly from: number
  readonly to: number
}

interface AxisCells {
  readonly cells: readonly Cell[]
  /** Weight of the higher voxel, by target position. */
  readonly fraction: Float32Array
  /** 1 where a target position lies beyond the source's outer edge. */
  readonly outside: Uint8Array
}

function cellsAlong(from: number, to: number, alignment: AxisAlignment): AxisCells {
  const { indices, weights } = linearWeights(from, to, alignment)
  const cells: Cell[] = []
  let start = 0
  for (let t = 1; t <= to; t++) {
    if (t < to && indices[2 * t] === indices[2 * start]) continue
    cells.push({ low: indices[2 * start], high: indices[2 * start + 1], from: start, to: t })
    start = t
  }
  return {
    cells,
    fraction: Float32Array.from({ length: to }, (_, t) => weights[2 * t + 1]),
    outside: Uint8Array.from(nearestIndices(from, to, alignment), (index) => (index < 0 ? 1 : 0)),
  }
}

/**
 * The likeliest class of each of `count` voxels, of scores that hold one class after the other; the first of equal ones. In
 * blocks that stay in cache, each class's scores are read once, in order.
 */
export function argmax(scores: Float32Array, classes: number, count: number): Uint8Array {
  const best = new Uint8Array(count)
  const block = 4096
  const highest = new Float32Array(block)
  for (let start = 0; start < count; start += block) {
    const size = Math.min(block, count - start)
    highest.set(scores.subarray(start, start + size))
    for (let c = 1; c < classes; c++) {
      const from = c * count + start
      for (let n = 0; n < size; n++) {
        const value = scores[from + n]
        if (value > highest[n]) {
          highest[n] = value
          best[start + n] = c
        }
      }
    }
  }
  return best
}

/** For each column i, the class on which the four rows agree, or MIXED. */
function agreeAcross(best: Uint8Array, agreed: Uint8Array, nx: number, [a, b, c, d]: Rows): void {
  for (let i = 0; i < nx; i++) {
    const label = best[a + i]
    agreed[i] = label === best[b + i] && label === best[c + i] && label === best[d + i] ? label : MIXED
  }
}

/** The cell between eight coarse voxels that disagree: holds their scores and interpolates the classes that can win. */
class MixedCell {
  private readonly scores: Float32Array
  private readonly classes: number
  private readonly count: number
  /** corners[8 * c + 4 * z + 2 * y + x] */
  private readonly corners: Float32Array
  private readonly rivals: Uint8Array
  private rivalCount = 0

  constructor(scores: Float32Array, classes: number, count: number) {
    this.scores = scores
    this.classes = classes
    this.count = count
    this.corners = new Float32Array(8 * classes)
    this.rivals = new Uint8Array(classes)
  }

  gather(rows: Rows, cell: Cell): void {
    const { scores, classes, count, corners } = this
    for (let c = 0, at = 0; c < classes; c++) {
      for (let r = 0; r < 4; r++) {
        corners[at++] = scores[c * count + rows[r] + cell.low]
        corners[at++] = scores[c * count + rows[r] + cell.high]
      }
    }
    this.findRivals()
  }

  /** A class can win somewhere in the cell only if its highest corner reaches the highest of all lowest corners. */
  private findRivals(): void {
    const { classes, corners, rivals } = this
    let bar = -Infinity
    for (let c = 0; c < classes; c++) {
      let lowest = Infinity
      for (let n = 8 * c; n < 8 * c + 8; n++) if (corners[n] < lowest) lowest = corners[n]
      if (lowest > bar) bar = lowest
    }
    this.rivalCount = 0
    for (let c = 0; c < classes; c++) {
      let highest = -Infinity
      for (let n = 8 * c; n < 8 * c + 8; n++) if (corners[n] > highest) highest = corners[n]
      if (highest >= bar) rivals[this.rivalCount++] = c
    }
  }

  /** Writes the winners of one row of target voxels; `row` is where it begins; fractions weigh the high side. */
  fillRow(data: Uint8Array, row: number, cell: Cell, fractions: Float32Array, fy: number, fz: number): void {
    const { corners, rivals, rivalCount } = this
    const w00 = (1 - fz) * (1 - fy)
    const w01 = (1 - fz) * fy
    const w10 = fz * (1 - fy)
    const w11 = fz * fy
    for (let i = cell.from; i < cell.to; i++) {
      const fx = fractions[i]
      let winner = 0
      let highest = -Infinity
      for (let n = 0; n < rivalCount; n++) {
        const c = 8 * rivals[n]
        const left = w00 * corners[c] + w01 * corners[c + 2] + w10 * corners[c + 4] + w11 * corners[c + 6]
        const right = w00 * corners[c + 1] + w01 * corners[c + 3] + w10 * corners[c + 5] + w11 * corners[c + 7]
        const score = left + fx * (right - left)
        if (score > highest) {
          highest = score
          winner = rivals[n]
        }
      }
      data[row + i] = winner
    }
  }
}

function clearOutside(data: Uint8Array, x: Uint8Array, y: Uint8Array, z: Uint8Array): void {
  if (!x.includes(1) && !y.includes(1) && !z.includes(1)) return
  for (let k = 0, at = 0; k < z.length; k++) {
    for (let j = 0; j < y.length; j++, at += x.length) {
      if (z[k] || y[j]) data.fill(0, at, at + x.length)
      else for (let i = 0; i < x.length; i++) if (x[i]) data[at + i] = 0
    }
  }
}
