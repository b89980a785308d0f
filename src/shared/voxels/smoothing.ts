import type { Vec3 } from '../geometry/affine'

/**
 * Majority in a window of `mm` to every side (a cuboid of whole voxels, at least one to every side of an axis that `mm`
 * reaches): the median of a mask. Beyond the block its outermost voxels go on.
 */
export function majority(mask: Uint8Array, size: Vec3, spacing: Vec3, mm: number): Uint8Array {
  const radius = (axis: 0 | 1 | 2): number => Math.round(mm / spacing[axis])
  const sums = new Float32Array(mask.length)
  sums.set(mask)
  let window = 1
  for (const axis of [0, 1, 2] as const) {
    boxSum(sums, size, axis, radius(axis))
    window *= 2 * radius(axis) + 1
  }
  return above(sums, window / 2)
}

/**
 * The share of the mask around each voxel, 0 to 1, under a Gaussian of standard deviation `mm`, by three running means
 * an axis (Wells, IEEE PAMI 8:234, 1986), some a step narrower than the others so that their variances add up to it.
 */
export function blurred(mask: Uint8Array, size: Vec3, spacing: Vec3, mm: number): Float32Array {
  const share = new Float32Array(mask.length)
  share.set(mask)
  for (const axis of [0, 1, 2] as const) runningMeans(share, size, axis, passes(mm / spacing[axis]))
  return share
}

/** Radii of three running means whose variances, (width^2 - 1) / 12 each, come nearest to `sigma` squared; voxels. */
function passes(sigma: number): number[] {
  const narrow = Math.max(0, Math.floor((Math.sqrt(4 * sigma * sigma + 1) - 1) / 2))
  const variance = (radius: number): number => ((2 * radius + 1) ** 2 - 1) / 12
  const missing = sigma * sigma - 3 * variance(narrow)
  const wider = Math.min(3, Math.round(missing / (variance(narrow + 1) - variance(narrow))))
  return [0, 1, 2].map((pass) => (pass < wider ? narrow + 1 : narrow)).filter((radius) => radius > 0)
}

/** Smooths a mask's surface by a Gaussian of `mm`; what is thinner than that goes. */
export function smoothed(mask: Uint8Array, size: Vec3, spacing: Vec3, mm: number): Uint8Array {
  return above(blurred(mask, size, spacing, mm), 0.5)
}

function above(values: Float32Array, limit: number): Uint8Array {
  const mask = new Uint8Array(values.length)
  for (let n = 0; n < mask.length; n++) mask[n] = values[n] > limit ? 1 : 0
  return mask
}

/**
 * Smooths several structures together, background among them: each voxel goes to whichever has the largest share around
 * it, so that neighbours stay neighbours without a gap or an overlap (as Slicer's joint smoothing).
 * @param labels label ids on a block
 * @returns the new ids
 */
export function jointlySmoothed(labels: Uint8Array, size: Vec3, spacing: Vec3, mm: number): Uint8Array {
  const present = new Uint8Array(256)
  for (const id of labels) present[id] = 1
  const best = new Float32Array(labels.length)
  const out = labels.slice()
  for (let id = 0; id < 256; id++) {
    if (!present[id]) continue
    const share = blurred(
      labels.map((label) => (label === id ? 1 : 0)),
      size,
      spacing,
      mm,
    )
    for (let n = 0; n < out.length; n++) {
      if (share[n] <= best[n]) continue
      best[n] = share[n]
      out[n] = id
    }
  }
  return out
}

/** Replaces each value by the sum over `radius` voxels to both sides along an axis; the ends of a line go on beyond it. */
function boxSum(data: Float32Array, size: Vec3, axis: 0 | 1 | 2, radius: number): void {
  if (radius > 0) alongAxis(data, size, axis, [{ radius, scale: 1 }])
}

/** Means over each radius in turn. */
function runningMeans(data: Float32Array, size: Vec3, axis: 0 | 1 | 2, radii: readonly number[]): void {
  const steps = radii.map((radius) => ({ radius, scale: 1 / (2 * radius + 1) }))
  if (steps.length > 0) alongAxis(data, size, axis, steps)
}

interface Window {
  /** Voxels to both sides. */
  readonly radius: number
  /** What the sum is multiplied by. */
  readonly scale: number
}

/**
 * Sums over windows, one after the other, along an axis. A row, or a wall of rows that lie across the axis, goes through
 * all of them while it is in the processor's cache, and only the part of it that holds anything.
 */
function alongAxis(data: Float32Array, size: Vec3, axis: 0 | 1 | 2, windows: readonly Window[]): void {
  const [nx, ny, nz] = size
  const reach = windows.reduce((sum, { radius }) => sum + radius, 0)
  if (axis === 0) {
    const [a, b] = [new Float32Array(nx), new Float32Array(nx)]
    for (let row = 0; row < data.length; row += nx) sumRow(data, row, nx, reach, windows, a, b)
    return
  }
  const [n, stride, walls, step] = axis === 1 ? [ny, nx, nz, nx * ny] : [nz, nx * ny, ny, nx]
  const [a, b] = [new Float32Array(nx * n), new Float32Array(nx * n)]
  for (let wall = 0; wall < walls; wall++) sumWall(data, wall * step, stride, [nx, n], reach, windows, a, b)
}

function sumRow(
  data: Float32Array,
  row: number,
  nx: number,
  reach: number,
  windows: readonly Window[],
  a: Float32Array,
  b: Float32Array,
): void {
  let [low, high] = [0, nx - 1]
  while (low < nx && data[row + low] === 0) low++
  if (low === nx) return
  while (data[row + high] === 0) high--
  // With as much around it as the sums reach, all beyond is as the ends are: nothing, or the block's own end going on.
  const from = Math.max(0, low - reach)
  const n = Math.min(nx, high + 1 + reach) - from
  a.set(data.subarray(row + from, row + from + n))
  for (const { radius, scale } of windows) {
    const last = n - 1
    let sum = radius * a[0]
    for (let q = 0; q < radius; q++) sum += a[q < last ? q : last]
    for (let q = 0; q < n; q++) {
      sum += a[q + radius < last ? q + radius : last]
      b[q] = sum * scale
      sum -= a[q > radius ? q - radius : 0]
    }
    ;[a, b] = [b, a]
  }
  data.set(a.subarray(0, n), row + from)
}

/** `n` rows of `nx` values, the first at `first`, `stride` apart, summed across. */
function sumWall(
  data: Float32Array,
  first: number,
  stride: number,
  [nx, rows]: readonly [number, number],
  reach: number,
  windows: readonly Window[],
  a: Float32Array,
  b: Float32Array,
): void {
  let [i0, i1, q0, q1] = [nx, -1, rows, -1]
  for (let q = 0, row = first; q < rows; q++, row += stride) {
    let low = 0
    while (low < nx && data[row + low] === 0) low++
    if (low === nx) continue
    let high = nx - 1
    while (high > i1 && data[row + high] === 0) high--
    if (low < i0) i0 = low
    if (high > i1) i1 = high
    if (q < q0) q0 = q
    q1 = q
  }
  if (q1 < 0) return
  const from = Math.max(0, q0 - reach)
  const n = Math.min(rows, q1 + 1 + reach) - from
  const width = i1 + 1 - i0
  for (let q = 0; q < n; q++) {
    const row = first + (from + q) * stride + i0
    a.set(data.subarray(row, row + width), q * width)
  }
  const sum = new Float64Array(width)
  for (const { radius, scale } of windows) {
    for (let i = 0; i < width; i++) sum[i] = radius * a[i]
    for (let q = 0; q < radius; q++) {
      const row = width * Math.min(q, n - 1)
      for (let i = 0; i < width; i++) sum[i] += a[row + i]
    }
    for (let q = 0; q < n; q++) {
      const entering = width * Math.min(q + radius, n - 1)
      const leaving = width * Math.max(q - radius, 0)
      const out = width * q
      for (let i = 0; i < width; i++) {
        const all = sum[i] + a[entering + i]
        b[out + i] = all * scale
        sum[i] = all - a[leaving + i]
      }
    }
    ;[a, b] = [b, a]
  }
  for (let q = 0; q < n; q++) {
    data.set(a.subarray(q * width, (q + 1) * width), first + (from + q) * stride + i0)
  }
}
