import type { Random } from '../../shared/random'
import type { ScanGrid } from './render'

/** The scanner's part of an image: couch, point spread, noise, field of view. */
export class Scanner {
  private readonly normals: Float32Array
  private readonly noiseHu: number
  private readonly couchTop: number
  private readonly previous: Float32Array
  private readonly scratch: Float32Array
  private readonly noise: Float32Array
  private readonly circle: boolean

  constructor(
    private readonly random: Random,
    private readonly grid: ScanGrid,
    /** Height of the patient's back above the origin, mm. */
    back: number,
  ) {
    const count = grid.dims[0] * grid.dims[1]
    this.normals = Float32Array.from({ length: 1 << 18 }, () => random.normal())
    // Thin slices and small voxels hold fewer photons.
    const volume = grid.spacing[0] * grid.spacing[1] * grid.spacing[2]
    this.noiseHu = Math.min(30, Math.max(5, random.between(9, 17) * (4 / Math.max(0.4, volume)) ** 0.22))
    this.couchTop = back - 3
    this.previous = new Float32Array(count)
    this.scratch = new Float32Array(count)
    this.noise = new Float32Array(count)
    this.circle = random.next() < 0.4
  }

  /** Turns a slice of pure tissue into one that came off a scanner, in place. Slices are asked for in order. */
  expose(hu: Float32Array): void {
    this.addCouch(hu)
    const [sx, sy] = this.grid.spacing
    // The point spread, about 0.7 mm, on top of the blur that the voxels have already.
    blur(hu, this.scratch, this.grid, 0.65 / sx, 0.65 / sy)
    this.addNoise(hu)
    if (this.circle) this.cutCircle(hu)
    for (let n = 0; n < hu.length; n++) hu[n] = Math.max(-1024, Math.min(3071, Math.round(hu[n])))
  }

  /** A carbon shell around foam, hollowed a little to hold the patient. */
  private addCouch(hu: Float32Array): void {
    const { dims, spacing, origin } = this.grid
    const [nx, ny] = dims
    for (let j = 0; j < ny; j++) {
      const y = origin[1] + j * spacing[1]
      if (y > this.couchTop + 40) break
      for (let i = 0; i < nx; i++) {
        const x = origin[0] + i * spacing[0]
        if (Math.abs(x) > 225) continue
        const top = this.couchTop + (x / 225) ** 2 * 30
        const bottom = this.couchTop - 45 + (x / 225) ** 2 * 62
        const inside = Math.min(top - y, y - bottom)
        if (inside < 0) continue
        const n = i + nx * j
        // The shell is hardly thicker than a voxel, which takes part of it.
        const shell = Math.max(0, Math.min(1, 1.7 - Math.abs(inside - 1.9) / 1.2))
        if (hu[n] < -900) hu[n] = Math.max(hu[n], -945 + 1080 * shell)
      }
    }
  }

  /**
   * Noise with the grain of filtered back-projection: white noise, smoothed by the kernel, less its own slow part, since
   * the ramp filter leaves no power at low frequency. Stronger in the middle of the body, where fewer photons arrive,
   * and a little alike from slice to slice.
   */
  private addNoise(hu: Float32Array): void {
    const { dims, spacing, origin } = this.grid
    const [nx, ny] = dims
    const { noise, previous, normals, scratch } = this
    for (let start = 0; start < noise.length; start += nx) {
      const from = this.random.int(normals.length - nx)
      noise.set(normals.subarray(from, from + nx), start)
    }
    const grain = 0.85
    blur(noise, scratch, this.grid, grain / spacing[0], grain / spacing[1])
    const slow = noise.slice()
    blur(slow, scratch, this.grid, 3.2 / spacing[0], 3.2 / spacing[1])
    let sum = 0
    for (let n = 0; n < noise.length; n++) {
      noise[n] -= 0.85 * slow[n]
      sum += noise[n] ** 2
    }
    const scale = this.noiseHu / Math.sqrt(sum / noise.length)
    const along = Math.min(0.6, 0.5 / spacing[2])
    for (let n = 0; n < noise.length; n++) {
      const value = along * previous[n] + Math.sqrt(1 - along * along) * noise[n] * scale
      previous[n] = value
      noise[n] = value
    }
    for (let j = 0; j < ny; j++) {
      const y = (origin[1] + j * spacing[1]) / 120
      for (let i = 0, n = nx * j; i < nx; i++, n++) {
        const x = (origin[0] + i * spacing[0]) / 170
        const middle = 0.45 + 0.75 * Math.exp(-0.9 * (x * x + y * y))
        // In air the clipping of negative counts hides most of it.
        hu[n] += noise[n] * middle * (hu[n] < -980 ? 0.45 : 1)
      }
    }
  }

  /** Outside the reconstructed circle scanners write a constant. */
  private cutCircle(hu: Float32Array): void {
    const [nx, ny] = this.grid.dims
    for (let j = 0; j < ny; j++) {
      for (let i = 0; i < nx; i++) {
        const u = (2 * i + 1 - nx) / nx
        const v = (2 * j + 1 - ny) / ny
        if (u * u + v * v > 1) hu[i + nx * j] = -1024
      }
    }
  }
}

/** A separable Gaussian in the plane, `sigmaX` and `sigmaY` in voxels; edges repeat. Too narrow ones do nothing. */
function blur(image: Float32Array, scratch: Float32Array, { dims }: ScanGrid, sigmaX: number, sigmaY: number): void {
  const [nx, ny] = dims
  const along = (from: Float32Array, to: Float32Array, weights: readonly number[], alongRows: boolean): void => {
    const radius = weights.length - 1
    for (let j = 0; j < ny; j++) {
      for (let i = 0; i < nx; i++) {
        const n = i + nx * j
        let sum = weights[0] * from[n]
        for (let r = 1; r <= radius; r++) {
          const before = alongRows ? n - Math.min(r, i) : n - nx * Math.min(r, j)
          const after = alongRows ? n + Math.min(r, nx - 1 - i) : n + nx * Math.min(r, ny - 1 - j)
          sum += weights[r] * (from[before] + from[after])
        }
        to[n] = sum
      }
    }
  }
  const inX = gaussian(sigmaX)
  const inY = gaussian(sigmaY)
  if (inX.length > 1) along(image, scratch, inX, true)
  else scratch.set(image)
  if (inY.length > 1) along(scratch, image, inY, false)
  else image.set(scratch)
}

/** Half a Gaussian kernel: the weight in the middle, then outward; all of it sums to 1. */
function gaussian(sigma: number): number[] {
  if (sigma < 0.25) return [1]
  const radius = Math.min(12, Math.ceil(2.6 * sigma))
  const raw = Array.from({ length: radius + 1 }, (_, r) => Math.exp((-r * r) / (2 * sigma * sigma)))
  const sum = raw[0] + 2 * raw.slice(1).reduce((a, b) => a + b, 0)
  return raw.map((w) => w / sum)
}
