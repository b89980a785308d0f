import type { Vec3 } from '../geometry/affine'

/**
 * Distance in mm from each voxel's centre to the nearest voxel that is not 0 in `sites` (0 there itself), exact;
 * Infinity everywhere where there is no site. Same as scipy.ndimage.distance_transform_edt(sites == 0, spacing).
 */
export function distanceTo(sites: Uint8Array, dims: Vec3, spacing: Vec3): Float32Array {
  const squared = squaredDistanceTo(sites, dims, spacing)
  const out = new Float32Array(squared.length)
  for (let n = 0; n < out.length; n++) out[n] = Math.sqrt(squared[n])
  return out
}

/**
 * Squared distances in mm2, in double precision, so that a distance that equals a tolerance compares as equal.
 * Felzenszwalb and Huttenlocher, Distance transforms of sampled functions, Theory of Computing 8:415 (2012): the
 * lower envelope of parabolas, axis after axis.
 * @param limit what is further away than its root is Infinity, and costs little
 */
export function squaredDistanceTo(sites: Uint8Array, dims: Vec3, spacing: Vec3, limit = Infinity): Float64Array {
  const [nx, ny, nz] = dims
  const out = new Float64Array(nx * ny * nz)
  alongRows(sites, out, nx, spacing[0], limit)
  const envelope = new Envelope(Math.max(ny, nz), limit)
  for (let k = 0; k < nz; k++) {
    for (let i = 0; i < nx; i++) envelope.transform(out, i + nx * ny * k, nx, ny, spacing[1])
  }
  if (nz === 1) return out
  // Along k the voxels of a line lie far apart: a wall of lines at a time is taken out to where memory is near.
  const wall = new Float64Array(nx * nz)
  for (let j = 0; j < ny; j++) {
    for (let k = 0; k < nz; k++) {
      const row = nx * (j + ny * k)
      wall.set(out.subarray(row, row + nx), nx * k)
    }
    for (let i = 0; i < nx; i++) envelope.transform(wall, i, nx, nz, spacing[2])
    for (let k = 0; k < nz; k++) out.set(wall.subarray(nx * k, nx * (k + 1)), nx * (j + ny * k))
  }
  return out
}

/** The first axis is binary: one sweep forth and one back. */
function alongRows(sites: Uint8Array, out: Float64Array, nx: number, step: number, limit: number): void {
  for (let row = 0; row < out.length; row += nx) {
    let away = Infinity
    for (let i = 0; i < nx; i++) {
      away = sites[row + i] !== 0 ? 0 : away + 1
      out[row + i] = away
    }
    away = Infinity
    for (let i = nx - 1; i >= 0; i--) {
      away = out[row + i] === 0 ? 0 : away + 1
      const mm = Math.min(out[row + i], away) * step
      out[row + i] = mm * mm <= limit ? mm * mm : Infinity
    }
  }
}

/** The lower envelope of the parabolas f(p) + (q - p)^2 step^2 over one line, and its values at the line's voxels. */
class Envelope {
  private readonly value: Float64Array
  /** Where each parabola of the envelope has its vertex, and from where on it is the lowest. */
  private readonly vertex: Int32Array
  private readonly from: Float64Array

  constructor(
    longest: number,
    private readonly limit: number,
  ) {
    this.value = new Float64Array(longest)
    this.vertex = new Int32Array(longest)
    this.from = new Float64Array(longest + 1)
  }

  transform(data: Float64Array, first: number, stride: number, n: number, step: number): void {
    const { value, vertex, from, limit } = this
    // A line all inside or all outside stays as it is.
    let end = first
    const stop = first + n * stride
    while (end < stop && data[end] === data[first]) end += stride
    if (end >= stop && (data[first] === 0 || data[first] === Infinity)) return
    let last = -1
    const scale = 1 / (step * step)
    for (let q = 0, at = first; q < n; q++, at += stride) {
      const f = data[at]
      value[q] = f
      if (f === Infinity) continue
      let start = -Infinity
      while (last >= 0) {
        const p = vertex[last]
        // Where the parabolas of p and q cross.
        start = ((f - value[p]) * scale + q * q - p * p) / (2 * (q - p))
        if (start > from[last]) break
        last--
      }
      if (last < 0) start = -Infinity
      last++
      vertex[last] = q
      from[last] = start
    }
    if (last < 0) return
    from[last + 1] = Infinity
    for (let q = 0, at = first, p = 0; q < n; q++, at += stride) {
      while (from[p + 1] < q) p++
      const mm = (q - vertex[p]) * step
      const squared = value[vertex[p]] + mm * mm
      data[at] = squared <= limit ? squared : Infinity
    }
  }
}
