import type { Vec3 } from '../geometry/affine'

/**
 * Majority in a window of `mm` to every side (a cuboid of whole voxels, at least one to every side of an axis that `mm`
 * reaches): the median of a mask. Beyond the block its outermost voxels go on.
 */
export function majority(mask: Uint8Array, size: Vec3, spacing: Vec3, mm: number): Uint8Array {
  const radius = (axis: 0 | 1 | 2): number => Math.round(mm / spacing[axis])
  const sums = Float32Array.from(mask)
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
  const share = Float32Array.from(mask)
  for (const axis of [0, 1, 2] as const) {
    for (const radius of passes(mm / spacing[axis])) {
      boxSum(share, size, axis, radius, 1 / (2 * radius + 1))
    }
  }
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

/**
 * Replaces each value by the sum over `radius` voxels to both sides along an axis, times `scale`; the ends of a line go
 * on beyond it. Whole rows at a time, which is how memory lies.
 */
function boxSum(data: Float32Array, size: Vec3, axis: 0 | 1 | 2, radius: number, scale = 1): void {
  if (radius === 0) return
  const [nx, ny, nz] = size
  if (axis === 0) {
    for (let row = 0; row < data.length; row += nx) sumLine(data.subarray(row, row + nx), radius, scale)
  } else if (axis === 1) {
    for (let k = 0; k < nz; k++) sumRows(data, nx, nx * ny * k, nx, ny, radius, scale)
  } else {
    for (let j = 0; j < ny; j++) sumRows(data, nx, nx * j, nx * ny, nz, radius, scale)
  }
}

function sumLine(line: Float32Array, radius: number, scale: number): void {
  const n = line.length
  const old = line.slice()
  let sum = radius * old[0]
  for (let q = 0; q < radius; q++) sum += old[Math.min(q, n - 1)]
  for (let q = 0; q < n; q++) {
    sum += old[Math.min(q + radius, n - 1)]
    line[q] = sum * scale
    sum -= old[Math.max(q - radius, 0)]
  }
}

/** `n` rows of `nx` values, the first at `first`, `stride` apart, summed across. */
function sumRows(
  data: Float32Array,
  nx: number,
  first: number,
  stride: number,
  n: number,
  radius: number,
  scale: number,
): void {
  const old = new Float32Array(nx * n)
  for (let q = 0; q < n; q++) old.set(data.subarray(first + q * stride, first + q * stride + nx), q * nx)
  const sum = new Float64Array(nx)
  for (let i = 0; i < nx; i++) sum[i] = radius * old[i]
  for (let q = 0; q < radius; q++) {
    const row = nx * Math.min(q, n - 1)
    for (let i = 0; i < nx; i++) sum[i] += old[row + i]
  }
  for (let q = 0; q < n; q++) {
    const entering = nx * Math.min(q + radius, n - 1)
    const leaving = nx * Math.max(q - radius, 0)
    const out = first + q * stride
    for (let i = 0; i < nx; i++) {
      sum[i] += old[entering + i]
      data[out + i] = sum[i] * scale
      sum[i] -= old[leaving + i]
    }
  }
}
