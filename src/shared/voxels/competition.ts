import type { Vec3 } from '../geometry/affine'
import { BucketQueue } from './bucketQueue'

/** A path costs at least this for each millimetre, in tissue that is just like the seeds. */
const least = 0.1
/** What the background pays for each millimetre; seeds pay as much where the tissue is `likeness` deviations away. */
export const backgroundPrice = 1
const likeness = 2.2
/** HU that count as a step from one tissue to another. */
const edge = 60
const dearest = 12
/** Units of cost to a millimetre's price. */
const fine = 24

/** Owners of voxels besides structures' ids. */
export const nobody = 0
export const background = 256
export const wall = 257
/** HU that prices are known for. */
export const lowest = -1100
export const highest = 3100

/** What each owner pays for a millimetre, by HU from `lowest` on; the background's is the first. */
export function pricesOf(growing: readonly number[], labels: Uint8Array, hu: Int16Array): Float32Array[] {
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

/** What is competed for. */
export interface Ground {
  /** HU within `lowest` and `highest`, without noise. */
  readonly hu: Int16Array
  readonly size: Vec3
  readonly spacing: Vec3
  readonly prices: readonly Float32Array[]
}

/** Lets all owners grow into what is nobody's, in place, each voxel to whoever comes first. */
export function compete(owner: Uint16Array, { hu, size, spacing, prices }: Ground): void {
  const [nx, ny, nz] = size
  const area = nx * ny
  const queue = new BucketQueue(owner.length, Math.ceil(fine * dearest * Math.max(...spacing)) + 1)
  const { cost } = queue
  const settled = new Uint8Array(owner.length)
  // While a voxel is in the queue its owner may still change; once taken it is settled.
  const offer = (to: number, from: number, whose: number, price: Float32Array, mm: number): void => {
    if (settled[to]) return
    const jump = (hu[to] - hu[from]) / edge
    const each = Math.min(dearest, price[hu[to] - lowest] + jump * jump)
    if (queue.lower(to, cost[from] + Math.max(1, Math.round(fine * each * mm)))) owner[to] = whose
  }
  for (let k = 0, n = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      for (let i = 0; i < nx; i++, n++) {
        if (owner[n] === nobody) continue
        settled[n] = 1
        if (owner[n] === wall) continue
        const front =
          (i > 0 && owner[n - 1] === nobody) ||
          (i < nx - 1 && owner[n + 1] === nobody) ||
          (j > 0 && owner[n - nx] === nobody) ||
          (j < ny - 1 && owner[n + nx] === nobody) ||
          (k > 0 && owner[n - area] === nobody) ||
          (k < nz - 1 && owner[n + area] === nobody)
        if (front) queue.lower(n, 0)
      }
    }
  }
  for (let n = queue.take(); n >= 0; n = queue.take()) {
    settled[n] = 1
    const whose = owner[n]
    const price = prices[whose === background ? 0 : whose]
    const i = n % nx
    const row = (n - i) / nx
    const j = row % ny
    const k = (row - j) / ny
    if (i > 0) offer(n - 1, n, whose, price, spacing[0])
    if (i < nx - 1) offer(n + 1, n, whose, price, spacing[0])
    if (j > 0) offer(n - nx, n, whose, price, spacing[1])
    if (j < ny - 1) offer(n + nx, n, whose, price, spacing[1])
    if (k > 0) offer(n - area, n, whose, price, spacing[2])
    if (k < nz - 1) offer(n + area, n, whose, price, spacing[2])
  }
}
