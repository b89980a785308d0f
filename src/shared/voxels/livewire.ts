import { BucketQueue } from './bucketQueue'
import type { Corner } from './polygon'

/** A picture of HU, `values[x + width * y]`, with the size of a pixel in mm. */
export interface Picture {
  readonly width: number
  readonly height: number
  readonly spacing: readonly [number, number]
  readonly values: Int16Array
}

/** HU a millimetre at which an edge halves the price of following it; noise of a CT stays well below. */
const halfway = 12
/** Units of cost to a millimetre far from every edge. */
const fine = 64
/** A millimetre along the sharpest edge costs this share of one far from any. */
const least = 0.03

/**
 * Intelligent scissors (Mortensen and Barrett, SIGGRAPH 1995): from a pixel, the cheapest way to any other, where going
 * along an edge of the image is cheap. Ways are found by Dijkstra's algorithm, no further than they are asked for.
 */
export class Livewire {
  private readonly queue: BucketQueue
  private readonly from: Int32Array
  private readonly settled: Uint8Array
  private readonly price: Float32Array
  private readonly steps: readonly { readonly dx: number; readonly dy: number; readonly mm: number }[]

  /** @throws RangeError where the start is not in the picture. */
  constructor(
    private readonly picture: Picture,
    start: Corner,
  ) {
    const { width, height, spacing } = picture
    const [x, y] = start
    if (!this.has(x, y)) throw new RangeError('the wire starts outside the picture')
    this.price = pricesOf(picture)
    const around = [-1, 0, 1]
    this.steps = around
      .flatMap((dy) => around.map((dx) => ({ dx, dy, mm: Math.hypot(dx * spacing[0], dy * spacing[1]) })))
      .filter(({ mm }) => mm > 0)
    const dearest = Math.ceil(fine * Math.max(...this.steps.map(({ mm }) => mm))) + 1
    this.queue = new BucketQueue(width * height, dearest)
    this.from = new Int32Array(width * height).fill(-1)
    this.settled = new Uint8Array(width * height)
    this.queue.lower(x + width * y, 0)
  }

  has(x: number, y: number): boolean {
    return x >= 0 && y >= 0 && x < this.picture.width && y < this.picture.height
  }

  /** The pixels from the start, left out, to a pixel of the picture. */
  pathTo([x, y]: Corner): Corner[] {
    const { width } = this.picture
    const goal = x + width * y
    while (!this.settled[goal] && this.settleNext());
    const path: Corner[] = []
    for (let at = goal; this.from[at] >= 0; at = this.from[at]) path.push([at % width, Math.floor(at / width)])
    return path.reverse()
  }

  /** Settles the cheapest pixel that is not yet; false where all are. */
  private settleNext(): boolean {
    const { queue, from, settled, price, steps } = this
    const { width } = this.picture
    const at = queue.take()
    if (at < 0) return false
    settled[at] = 1
    const [x, y] = [at % width, Math.floor(at / width)]
    for (const { dx, dy, mm } of steps) {
      if (!this.has(x + dx, y + dy)) continue
      const to = at + dx + width * dy
      if (settled[to]) continue
      const cost = Math.max(1, Math.round(fine * mm * price[to]))
      if (queue.lower(to, queue.cost[at] + cost)) from[to] = at
    }
    return true
  }
}

/** What a millimetre costs at each pixel, `least` to 1: less the steeper the smoothed image is there. */
function pricesOf({ width, height, spacing, values }: Picture): Float32Array {
  const smooth = binomial(binomial(Float32Array.from(values), width, height, 'x'), width, height, 'y')
  const prices = new Float32Array(values.length)
  for (let y = 0, at = 0; y < height; y++) {
    const up = y > 0 ? -width : 0
    const down = y < height - 1 ? width : 0
    for (let x = 0; x < width; x++, at++) {
      const left = x > 0 ? -1 : 0
      const right = x < width - 1 ? 1 : 0
      const gx = (smooth[at + right] - smooth[at + left]) / (2 * spacing[0])
      const gy = (smooth[at + down] - smooth[at + up]) / (2 * spacing[1])
      prices[at] = least + (1 - least) / (1 + (gx * gx + gy * gy) / (halfway * halfway))
    }
  }
  return prices
}

/** 1 4 6 4 1 along one axis; the edge goes on beyond the picture. */
function binomial(values: Float32Array, width: number, height: number, axis: 'x' | 'y'): Float32Array {
  const out = new Float32Array(values.length)
  const [n, stride] = axis === 'x' ? [width, 1] : [height, width]
  for (let at = 0; at < values.length; at++) {
    const q = axis === 'x' ? at % width : Math.floor(at / width)
    const value = (offset: number): number => values[at + stride * (Math.min(n - 1, Math.max(0, q + offset)) - q)]
    out[at] = (value(-2) + value(2) + 4 * (value(-1) + value(1)) + 6 * values[at]) / 16
  }
  return out
}
