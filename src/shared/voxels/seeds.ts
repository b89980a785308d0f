import type { Vec3 } from '../geometry/affine'
import { BucketQueue } from './bucketQueue'
import { squaredDistanceTo } from './distance'

export interface Seeds {
  /** Structures whose voxels are seeds and grow. */
  readonly growing: readonly number[]
  /** What may be grown into: this value, and where it is background what is not annotated too. */
  readonly ground: number
  /** From this distance to any seed on, mm, the ground is seed of the background. */
  readonly reachMm: number
}

/** A path costs at least this for each millimetre, in tissue that is just like the seeds. */
const least = 0.1
/** What the background pays for each millimetre; seeds pay as much where the tissue is `likeness` deviations away. */
const backgroundPrice = 1
const likeness = 2.2
/** HU that count as a step from one tissue to another. */
const edge = 60
const dearest = 12
/** Units of cost to a millimetre's price. */
const fine = 24

/**
 * Seeds of several structures and the background compete for the ground between them: each voxel goes to the seed whose
 * cheapest path comes first, where a path is dear through tissue unlike its seeds and across edges (a geodesic
 * competition as GrowCut's, Vezhnevets and Konouchine 2005, by one run of Dijkstra's algorithm over voxel faces). What is
 * neither seed nor ground is a wall.
 * @param labels ids on a block; `image` its HU
 * @returns the ids with the ground that the structures won
 */
export function grownFromSeeds(
  labels: Uint8Array,
  image: Int16Array,
  size: Vec3,
  spacing: Vec3,
  { growing, ground, reachMm }: Seeds,
): Uint8Array {
  const [nx, ny, nz] = size
  const total = labels.length
  const hu = smoothedInPlane(image, size)
  const isSeed = new Uint8Array(256)
  for (const id of growing) isSeed[id] = 1
  const isGround = new Uint8Array(256)
  isGround[ground] = 1
  if (ground === 0) isGround[255] = 1

  const seeds = labels.map((id) => isSeed[id])
  const away = squaredDistanceTo(seeds, size, spacing)
  /** Who owns a voxel: a structure's id, `nobody` yet, the `background`, or a `wall`. */
  const owner = new Uint16Array(total)
  for (let n = 0; n < total; n++) {
    if (seeds[n]) owner[n] = labels[n]
    else if (!isGround[labels[n]]) owner[n] = wall
    else owner[n] = away[n] > reachMm * reachMm ? background : nobody
  }

  const prices = pricesOf(growing, labels, hu)
  const steps = [1, -1, nx, -nx, nx * ny, -nx * ny]
  const lengths = [0, 0, 1, 1, 2, 2].map((axis) => spacing[axis])
  const longest = Math.ceil(fine * dearest * Math.max(...spacing)) + 1
  const queue = new BucketQueue(total, longest)
  const inside = (n: number, direction: number): boolean => {
    const i = n % nx
    if (direction === 0) return i < nx - 1
    if (direction === 1) return i > 0
    const row = (n - i) / nx
    if (direction === 2) return row % ny < ny - 1
    if (direction === 3) return row % ny > 0
    const k = Math.floor(row / ny)
    return direction === 4 ? k < nz - 1 : k > 0
  }
  const touchesGround = (n: number): boolean => steps.some((step, d) => inside(n, d) && owner[n + step] === nobody)
  for (let n = 0; n < total; n++) {
    if (owner[n] !== nobody && owner[n] !== wall && touchesGround(n)) queue.lower(n, 0)
  }
  // While a voxel is in the queue its owner may still change; once taken it is settled.
  const settled = new Uint8Array(total)
  for (let n = 0; n < total; n++) settled[n] = owner[n] === nobody ? 0 : 1
  const { cost } = queue
  for (let n = queue.take(); n >= 0; n = queue.take()) {
    settled[n] = 1
    const whose = owner[n]
    const price = prices[whose === background ? 0 : whose]
    for (let d = 0; d < 6; d++) {
      if (!inside(n, d)) continue
      const to = n + steps[d]
      if (settled[to]) continue
      const jump = (hu[to] - hu[n]) / edge
      const each = Math.min(dearest, price[hu[to] - lowest] + jump * jump)
      if (queue.lower(to, cost[n] + Math.max(1, Math.round(fine * each * lengths[d])))) owner[to] = whose
    }
  }
  return labels.map((id, n) => (owner[n] > 0 && owner[n] < background ? owner[n] : id))
}

const nobody = 0
const background = 256
const wall = 257
const lowest = -1100
const highest = 3100

/** What each owner pays for a millimetre, by HU from `lowest` on; the background's is the first. */
function pricesOf(growing: readonly number[], labels: Uint8Array, hu: Int16Array): Float32Array[] {
  const prices: Float32Array[] = []
  prices[0] = new Float32Array(highest - lowest + 1).fill(backgroundPrice)
  for (const id of growing) {
    let [count, sum, squares] = [0, 0, 0]
    for (let n = 0; n < labels.length; n++) {
      if (labels[n] !== id) continue
      count++
      sum += hu[n]
      squares += hu[n] * hu[n]
    }
    const mean = count > 0 ? sum / count : 0
    const deviation = Math.max(10, Math.sqrt(Math.max(0, squares / Math.max(1, count) - mean * mean)))
    prices[id] = Float32Array.from({ length: highest - lowest + 1 }, (_, n) => {
      const off = (n + lowest - mean) / (likeness * deviation)
      return Math.min(dearest, least + off * off)
    })
  }
  return prices
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
