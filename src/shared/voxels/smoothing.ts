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
  return Uint8Array.from(sums, (sum) => (2 * sum > window ? 1 : 0))
}

/**
 * The share of the mask around each voxel, 0 to 1, under a Gaussian of standard deviation `mm`, by three running means
 * an axis (Wells, IEEE PAMI 8:234, 1986), some a step narrower than the others so that their variances add up to it.
 */
export function blurred(mask: Uint8Array, size: Vec3, spacing: Vec3, mm: number): Float32Array {
  const share = Float32Array.from(mask)
  for (const axis of [0, 1, 2] as const) {
    for (const radius of passes(mm / spacing[axis])) {
      boxSum(share, size, axis, radius)
      const scale = 1 / (2 * radius + 1)
      for (let n = 0; n < share.length; n++) share[n] *= scale
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
  return Uint8Array.from(blurred(mask, size, spacing, mm), (share) => (share > 0.5 ? 1 : 0))
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
  if (radius === 0) return
  const [nx, ny] = size
  const stride = [1, nx, nx * ny][axis]
  const n = size[axis]
  const line = new Float32Array(n + 2 * radius)
  for (let base = 0; base < data.length; base++) {
    // The first voxel of each line along the axis, and no other.
    if (Math.floor(base / stride) % n !== 0) {
      base += stride * (n - 1) - 1
      continue
    }
    for (let q = 0; q < n; q++) line[radius + q] = data[base + q * stride]
    line.fill(line[radius], 0, radius)
    line.fill(line[radius + n - 1], radius + n)
    let sum = 0
    for (let q = 0; q < 2 * radius; q++) sum += line[q]
    for (let q = 0; q < n; q++) {
      sum += line[q + 2 * radius]
      data[base + q * stride] = sum
      sum -= line[q]
    }
  }
}
