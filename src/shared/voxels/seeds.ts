import type { Vec3 } from '../geometry/affine'
import { boxOf, type Box } from './box'
import {
  background,
  backgroundPrice,
  compete,
  highest,
  lowest,
  nobody,
  pricesOf,
  wall,
  type Ground,
} from './competition'

export interface Seeds {
  /** Structures whose voxels are seeds and grow. */
  readonly growing: readonly number[]
  /** What may be grown into: this value, and where it is background what is not annotated too. */
  readonly ground: number
  /** This far around the box that holds all seeds, mm, the background begins. */
  readonly reachMm: number
  /** A value whose voxels are seeds of the background, painted by the reader; they and what they win become ground. */
  readonly against?: number
}

/**
 * Seeds of several structures and the background compete for the ground between them: each voxel goes to the seed whose
 * cheapest path comes first, where a path is dear through tissue unlike its seeds and across edges (a geodesic
 * competition as GrowCut's, Vezhnevets and Konouchine 2005, by Dijkstra's algorithm over voxel faces). What is
 * neither seed nor ground is a wall.
 * @param labels ids on a block; `image` its HU
 * @returns the ids with the ground that the structures won
 */
export function grownFromSeeds(
  labels: Uint8Array,
  image: Int16Array,
  size: Vec3,
  spacing: Vec3,
  { growing: structures, ground, reachMm, against }: Seeds,
): Uint8Array {
  const growing = against === undefined ? structures : [...structures, against]
  const [nx, ny, nz] = size
  const total = labels.length
  const hu = smoothedInPlane(image, size)
  const isSeed = new Uint8Array(256)
  for (const id of growing) isSeed[id] = 1
  const isGround = new Uint8Array(256)
  isGround[ground] = 1
  if (ground === 0) isGround[255] = 1

  const seeds = labels.map((id) => isSeed[id])
  const prices = pricesOf(growing, labels, hu)
  // Where the image ends before the background begins, it begins at the end, in all that is not like the seeds.
  const isShell = (i: number, j: number, k: number): boolean =>
    i === 0 || j === 0 || k === 0 || i === nx - 1 || j === ny - 1 || k === nz - 1
  const isUnlike = (value: number): boolean => structures.every((id) => prices[id][value - lowest] > backgroundPrice)
  const grown = against === undefined ? seeds : labels.map((id) => (isSeed[id] && id !== against ? 1 : 0))
  const isBeyond = beyond(boxOf(grown, size, 1), spacing, reachMm)
  /** Who owns a voxel: a structure's id, `nobody` yet, the `background`, or a `wall`. */
  const owner = new Uint16Array(total)
  for (let k = 0, n = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      for (let i = 0; i < nx; i++, n++) {
        if (seeds[n]) owner[n] = labels[n]
        else if (!isGround[labels[n]]) owner[n] = wall
        else owner[n] = isBeyond(i, j, k) || (isShell(i, j, k) && isUnlike(hu[n])) ? background : nobody
      }
    }
  }

  settleCoarsely(owner, { hu, size, spacing, prices })
  compete(owner, { hu, size, spacing, prices })
  return labels.map((id, n) => {
    const whose = owner[n]
    if (whose === against) return isGround[id] ? id : ground
    return whose > nobody && whose < background ? whose : id
  })
}

/** From so many voxels on, the competition is held on every second voxel first; only near its fronts on all of them. */
const large = 1_500_000
/** Voxels of at least this many mm are coarse as they are. */
const coarseMm = 1.6

/** Gives each voxel that nobody owns to whoever owns all around it in a coarser competition. */
function settleCoarsely(owner: Uint16Array, { hu, size, spacing, prices }: Ground): void {
  if (owner.length < large) return
  const every = (axis: 0 | 1 | 2): number => (spacing[axis] < coarseMm ? 2 : 1)
  const step: Vec3 = [every(0), every(1), every(2)]
  const count = (axis: 0 | 1 | 2): number => Math.ceil(size[axis] / step[axis])
  const few: Vec3 = [count(0), count(1), count(2)]
  const [nx, ny, nz] = size
  const coarse = new Uint16Array(few[0] * few[1] * few[2]).fill(none)
  const coarseHu = new Int16Array(coarse.length)
  const column = Int32Array.from({ length: nx }, (_, i) => Math.floor(i / step[0]))
  const rowOf = (j: number, k: number): number => few[0] * (Math.floor(j / step[1]) + few[1] * Math.floor(k / step[2]))
  for (let k = 0, n = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      const row = rowOf(j, k)
      for (let i = 0; i < nx; i++, n++) {
        const cell = row + column[i]
        const before = coarse[cell]
        if (before === none) coarseHu[cell] = hu[n]
        // A seed counts for its whole cell, then ground that is still to be won.
        if (ranks[owner[n]] < ranks[before]) coarse[cell] = owner[n]
      }
    }
  }
  const coarseSpacing: Vec3 = [spacing[0] * step[0], spacing[1] * step[1], spacing[2] * step[2]]
  compete(coarse, { hu: coarseHu, size: few, spacing: coarseSpacing, prices })
  const [sx, sy, sz] = [1, few[0], few[0] * few[1]]
  const isCore = Uint8Array.from(coarse, (whose, cell) => {
    const i = cell % few[0]
    const j = Math.floor(cell / few[0]) % few[1]
    const k = Math.floor(cell / sz)
    const same = (at: number, within: boolean): boolean => !within || coarse[at] === whose
    return same(cell - sx, i > 0) &&
      same(cell + sx, i < few[0] - 1) &&
      same(cell - sy, j > 0) &&
      same(cell + sy, j < few[1] - 1) &&
      same(cell - sz, k > 0) &&
      same(cell + sz, k < few[2] - 1)
      ? 1
      : 0
  })
  for (let k = 0, n = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      const row = rowOf(j, k)
      for (let i = 0; i < nx; i++, n++) {
        const cell = row + column[i]
        if (owner[n] === nobody && isCore[cell] && coarse[cell] !== wall) owner[n] = coarse[cell]
      }
    }
  }
}

/** A cell that nothing was seen of yet. */
const none = 258

/** Whose voxel a cell is taken for: the lowest of its voxels, by owner; structures come first. */
const ranks = new Uint8Array(none + 1)
ranks[nobody] = 1
ranks[background] = 2
ranks[wall] = 3
ranks[none] = 4

/** Whether a voxel lies further than `mm` outside a box along some axis; nothing does where there is no box. */
function beyond(box: Box | null, spacing: Vec3, mm: number): (i: number, j: number, k: number) => boolean {
  if (!box) return () => false
  const low = box.low.map((first, axis) => first - mm / spacing[axis])
  const high = box.high.map((end, axis) => end - 1 + mm / spacing[axis])
  return (i, j, k) => i < low[0] || i > high[0] || j < low[1] || j > high[1] || k < low[2] || k > high[2]
}

/** Means of 3 x 3 voxels in each slice, within `lowest` and `highest`: noise is no edge. */
function smoothedInPlane(image: Int16Array, [nx, ny, nz]: Vec3): Int16Array {
  const out = new Int16Array(image.length)
  for (let k = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      const row = nx * (j + ny * k)
      const up = j > 0 ? row - nx : row
      const down = j < ny - 1 ? row + nx : row
      const column = (i: number): number => image[row + i] + image[up + i] + image[down + i]
      let [left, middle] = [column(0), column(0)]
      for (let i = 0; i < nx; i++) {
        const right = column(Math.min(nx - 1, i + 1))
        out[row + i] = Math.min(highest, Math.max(lowest, Math.round((left + middle + right) / 9)))
        left = middle
        middle = right
      }
    }
  }
  return out
}
