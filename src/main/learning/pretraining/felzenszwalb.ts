import type { Vec3 } from '../../../shared/geometry/affine'

export interface RegionOptions {
  /** Larger regions are preferred the larger it is: k of the paper, over intensities from 0 to 255. */
  readonly scale: number
  /** Standard deviation of the smoothing before, voxels. */
  readonly sigma: number
  /** Regions below so many voxels join a neighbour. */
  readonly minSize: number
  /** 'slices': each slice along k by itself, as in 2-D; 'volume': regions in 3-D. */
  readonly within: 'slices' | 'volume'
  /** Which voxels are neighbours: those that share a face, or a corner at least. */
  readonly neighbours: 'faces' | 'corners'
}

/** The region of each voxel, numbered from 0, i fastest. */
export interface Regions {
  readonly regionOf: Int32Array
  readonly count: number
}

/**
 * Regions by Felzenszwalb and Huttenlocher, "Efficient graph-based image segmentation", 2004: edges between neighbours in
 * the order of their difference join two regions where it is less than both regions' largest inner difference plus
 * scale / size (equations 3 to 5). In a slice with corners as neighbours the result is scikit-image's.
 * @param values intensities, i fastest
 * @param range what becomes 0 and 255
 */
export function felzenszwalb(
  values: Float32Array,
  dims: Vec3,
  range: readonly [low: number, high: number],
  { scale, sigma, minSize, within, neighbours }: RegionOptions,
): Regions {
  const [low, high] = range
  const span = high > low ? high - low : 1
  const scaled = Float64Array.from(values, (value) => (value - low) / span)
  const smooth = smoothed(scaled, dims, sigma, within === 'slices' ? [0, 1] : [0, 1, 2])
  const edges = edgesOf(smooth, dims, offsetsOf(within, neighbours))
  const order = ascending(edges.costs)
  const forest = new Forest(values.length)
  const threshold = scale / 255
  for (const edge of order) {
    const [a, b] = [forest.root(edges.from[edge]), forest.root(edges.to[edge])]
    if (a === b) continue
    const limit = Math.min(forest.inner[a] + threshold / forest.size[a], forest.inner[b] + threshold / forest.size[b])
    if (edges.costs[edge] < limit) forest.join(a, b, edges.costs[edge])
  }
  for (const edge of order) {
    const [a, b] = [forest.root(edges.from[edge]), forest.root(edges.to[edge])]
    if (a !== b && (forest.size[a] < minSize || forest.size[b] < minSize)) forest.join(a, b, 0)
  }
  return forest.numbered()
}

/** Regions under construction: each a tree, its root with the number of voxels and the largest inner difference. */
class Forest {
  private readonly parent: Int32Array
  readonly size: Int32Array
  readonly inner: Float64Array

  constructor(voxels: number) {
    this.parent = Int32Array.from({ length: voxels }, (_, at) => at)
    this.size = new Int32Array(voxels).fill(1)
    this.inner = new Float64Array(voxels)
  }

  root(voxel: number): number {
    const { parent } = this
    let at = voxel
    while (parent[at] !== at) {
      parent[at] = parent[parent[at]]
      at = parent[at]
    }
    return at
  }

  join(a: number, b: number, difference: number): void {
    const [root, other] = this.size[a] >= this.size[b] ? [a, b] : [b, a]
    this.parent[other] = root
    this.size[root] += this.size[other]
    this.inner[root] = difference
  }

  numbered(): Regions {
    const numbers = new Int32Array(this.parent.length).fill(-1)
    let count = 0
    const regionOf = this.parent.map((_, at) => {
      const root = this.root(at)
      if (numbers[root] < 0) numbers[root] = count++
      return numbers[root]
    })
    return { regionOf, count }
  }
}

type Offset = readonly [number, number, number]

/** Each pair of neighbours once. */
function offsetsOf(within: RegionOptions['within'], neighbours: RegionOptions['neighbours']): Offset[] {
  const offsets: Offset[] = []
  for (let k = 0; k <= (within === 'slices' ? 0 : 1); k++) {
    for (let j = -1; j <= 1; j++) {
      for (let i = -1; i <= 1; i++) {
        const ahead = k > 0 || j > 0 || (j === 0 && i > 0)
        if (ahead && (neighbours === 'corners' || Math.abs(i) + Math.abs(j) + k === 1)) offsets.push([i, j, k])
      }
    }
  }
  return offsets
}

interface Edges {
  readonly from: Int32Array
  readonly to: Int32Array
  readonly costs: Float32Array
}

function edgesOf(values: Float64Array, [ni, nj, nk]: Vec3, offsets: readonly Offset[]): Edges {
  const most = values.length * offsets.length
  const [from, to, costs] = [new Int32Array(most), new Int32Array(most), new Float32Array(most)]
  let count = 0
  for (const [di, dj, dk] of offsets) {
    const away = di + ni * (dj + nj * dk)
    for (let k = 0; k < nk - dk; k++) {
      for (let j = Math.max(0, -dj); j < nj - Math.max(0, dj); j++) {
        for (let i = Math.max(0, -di); i < ni - Math.max(0, di); i++) {
          const at = i + ni * (j + nj * k)
          from[count] = at
          to[count] = at + away
          costs[count++] = Math.abs(values[at + away] - values[at])
        }
      }
    }
  }
  return { from: from.subarray(0, count), to: to.subarray(0, count), costs: costs.subarray(0, count) }
}

/** Numbers of the costs from the least on: by digits of their bits, which order floats that are not negative. */
function ascending(costs: Float32Array): Uint32Array {
  const bits = new Uint32Array(costs.buffer, costs.byteOffset, costs.length)
  let order = Uint32Array.from({ length: costs.length }, (_, at) => at)
  let other = new Uint32Array(costs.length)
  const DIGIT = 11
  const counts = new Uint32Array(1 << DIGIT)
  for (let shift = 0; shift < 32; shift += DIGIT) {
    const mask = (1 << DIGIT) - 1
    counts.fill(0)
    for (const value of bits) counts[(value >>> shift) & mask]++
    for (let digit = 0, before = 0; digit <= mask; digit++) {
      const here = counts[digit]
      counts[digit] = before
      before += here
    }
    for (const at of order) other[counts[(bits[at] >>> shift) & mask]++] = at
    ;[order, other] = [other, order]
  }
  return order
}

/** Gaussian smoothing along some axes, cut at four deviations, the border mirrored (d c b a | a b c d). */
function smoothed(values: Float64Array, dims: Vec3, sigma: number, along: readonly number[]): Float64Array {
  if (sigma <= 0) return values
  const radius = Math.floor(4 * sigma + 0.5)
  const kernel = Array.from({ length: 2 * radius + 1 }, (_, n) => Math.exp(-0.5 * ((n - radius) / sigma) ** 2))
  const total = kernel.reduce((a, b) => a + b)
  const strides = [1, dims[0], dims[0] * dims[1]]
  let now = values
  for (const axis of along) {
    const [n, stride] = [dims[axis], strides[axis]]
    const mirrored = Int32Array.from({ length: n + 2 * radius }, (_, p) => {
      const at = (((p - radius) % (2 * n)) + 2 * n) % (2 * n)
      return at < n ? at : 2 * n - 1 - at
    })
    const next = new Float64Array(now.length)
    for (let at = 0; at < now.length; at++) {
      const place = Math.floor(at / stride) % n
      const first = at - place * stride
      let sum = 0
      for (let m = 0; m < kernel.length; m++) sum += kernel[m] * now[first + stride * mirrored[place + m]]
      next[at] = sum / total
    }
    now = next
  }
  return now
}
