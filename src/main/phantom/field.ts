import type { Vec3 } from '../../shared/geometry/affine'
import type { Knot } from './curve'

/** What a field holds where the shape is far: no shape reaches farther than this, mm. */
export const FAR = 12

/** The signed distance (mm) at a row's i-th point, at `x` mm. */
export type RowDistance = (x: number, i: number) => number

/** Where a shape may lie, mm in the atlas frame. */
export interface Bounds {
  readonly low: Vec3
  readonly high: Vec3
}

/**
 * A shape as its signed distance (mm, negative inside, about right near the surface, at most FAR) on a regular grid in
 * the atlas frame. However complicated the anatomy, drawing it costs one interpolation a voxel.
 */
export class Field {
  readonly size: Vec3
  readonly data: Float32Array
  readonly low: Vec3
  readonly step: number

  constructor({ low, high }: Bounds, step: number) {
    const count = (axis: 0 | 1 | 2): number => Math.ceil((high[axis] - low[axis]) / step) + 1
    this.low = low
    this.step = step
    this.size = [count(0), count(1), count(2)]
    this.data = new Float32Array(this.size[0] * this.size[1] * this.size[2]).fill(FAR)
  }

  /** A field of a shape that can be asked for its distance anywhere. */
  static of(bounds: Bounds, step: number, distance: (x: number, y: number, z: number) => number): Field {
    return Field.ofRows(bounds, step, (z) => (y) => (x) => distance(x, y, z))
  }

  /** The same, where much is alike in a whole plane or along a row: `rows` is asked once a plane, its answer once a row. */
  static ofRows(bounds: Bounds, step: number, rows: (z: number) => (y: number) => RowDistance): Field {
    const field = new Field(bounds, step)
    const { data, size, low } = field
    for (let k = 0, n = 0; k < size[2]; k++) {
      const row = rows(low[2] + k * step)
      for (let j = 0; j < size[1]; j++) {
        const distance = row(low[1] + j * step)
        for (let i = 0; i < size[0]; i++, n++) data[n] = Math.min(FAR, distance(low[0] + i * step, i))
      }
    }
    return field
  }

  /** The grid's far corner. */
  get high(): Vec3 {
    const at = (axis: 0 | 1 | 2): number => this.low[axis] + (this.size[axis] - 1) * this.step
    return [at(0), at(1), at(2)]
  }

  /** Visits every grid point with its index and its place in mm. */
  each(visit: (n: number, x: number, y: number, z: number) => void): void {
    const { size, low, step } = this
    for (let k = 0, n = 0; k < size[2]; k++) {
      for (let j = 0; j < size[1]; j++) {
        for (let i = 0; i < size[0]; i++, n++) visit(n, low[0] + i * step, low[1] + j * step, low[2] + k * step)
      }
    }
  }

  /** The signed distance at a point, trilinear between grid points; FAR off the grid. */
  at(x: number, y: number, z: number): number {
    const { size, data, low, step } = this
    const u = (x - low[0]) / step
    const v = (y - low[1]) / step
    const w = (z - low[2]) / step
    if (!(u >= 0 && v >= 0 && w >= 0 && u < size[0] - 1 && v < size[1] - 1 && w < size[2] - 1)) return FAR
    const i = u | 0
    const j = v | 0
    const k = w | 0
    const row = size[0]
    const plane = row * size[1]
    const n = i + row * j + plane * k
    const fu = u - i
    const fv = v - j
    const a = data[n] + fu * (data[n + 1] - data[n])
    const b = data[n + row] + fu * (data[n + row + 1] - data[n + row])
    const c = data[n + plane] + fu * (data[n + plane + 1] - data[n + plane])
    const d = data[n + plane + row] + fu * (data[n + plane + row + 1] - data[n + plane + row])
    const near = a + fv * (b - a)
    const far = c + fv * (d - c)
    return near + (w - k) * (far - near)
  }

  /**
   * Joins a tube along a sampled centre line, its radius that of the knots; `flat` < 1 squeezes it along y. The distance
   * is known as far as `margin` mm outside.
   */
  addTube(curve: readonly Knot[], flat = 1, margin = FAR / 2): this {
    for (let n = 0; n + 1 < curve.length; n++) this.addSegment(curve[n], curve[n + 1], flat, margin)
    if (curve.length === 1) this.addSegment(curve[0], curve[0], flat, margin)
    return this
  }

  /** Joins thin branches, none thinner than `least` mm; few need to know how far away they are. */
  addBranches(branches: readonly (readonly Knot[])[], least: number): this {
    for (const branch of branches) {
      const curve = branch.map(([x, y, z, r]): Knot => [x, y, z, Math.max(least, r)])
      this.addTube(curve, 1, 1.5 * this.step)
    }
    return this
  }

  private addSegment(a: Knot, b: Knot, flat: number, margin: number): void {
    const { data, size, low, step } = this
    const reach = Math.max(a[3], b[3]) + margin
    const from = (axis: 0 | 1 | 2): number =>
      Math.max(0, Math.floor((Math.min(a[axis], b[axis]) - reach - low[axis]) / step))
    const to = (axis: 0 | 1 | 2): number =>
      Math.min(size[axis] - 1, Math.ceil((Math.max(a[axis], b[axis]) + reach - low[axis]) / step))
    const stretch = 1 / flat
    const [dx, dy, dz] = [b[0] - a[0], (b[1] - a[1]) * stretch, b[2] - a[2]]
    const length2 = dx * dx + dy * dy + dz * dz || 1
    // Seen from the segment's middle, nothing of the tube is nearer than this; most points have something nearer already.
    const least = Math.sqrt(dx * dx + dy * dy + dz * dz) / 2 + Math.max(a[3], b[3]) + 1e-6
    const [i0, i1] = [from(0), to(0)]
    for (let k = from(2); k <= to(2); k++) {
      const z = low[2] + k * step - a[2]
      const alongZ = z * dz
      for (let j = from(1); j <= to(1); j++) {
        const y = (low[1] + j * step - a[1]) * stretch
        const alongY = y * dy
        const aside = (y - dy / 2) ** 2 + (z - dz / 2) ** 2
        for (let i = i0, n = i0 + size[0] * (j + size[1] * k); i <= i1; i++, n++) {
          const x = low[0] + i * step - a[0]
          const clear = data[n] + least
          if (clear <= 0 || (x - dx / 2) * (x - dx / 2) + aside > clear * clear) continue
          const t = Math.max(0, Math.min(1, (x * dx + alongY + alongZ) / length2))
          const px = x - t * dx
          const py = y - t * dy
          const pz = z - t * dz
          const d = Math.sqrt(px * px + py * py + pz * pz) - (a[3] + t * (b[3] - a[3]))
          if (d < data[n]) data[n] = d
        }
      }
    }
  }

  /** Takes away another shape and `gap` mm around it. */
  carve(other: Field, gap: number): this {
    this.besides(other, gap, FAR, (n, d) => {
      if (d > this.data[n]) this.data[n] = d
    })
    return this
  }

  /** Visits the points nearer than `reach` where another shape's field lies, with the distance to what is `gap` mm clear of it. */
  private besides(other: Field, gap: number, reach: number, visit: (n: number, distance: number) => void): void {
    const { size, low, step, data } = this
    const [otherLow, otherHigh] = [other.low, other.high]
    const from = (axis: 0 | 1 | 2): number => Math.max(0, Math.ceil((otherLow[axis] - low[axis]) / step))
    const to = (axis: 0 | 1 | 2): number => Math.min(size[axis] - 1, Math.floor((otherHigh[axis] - low[axis]) / step))
    for (let k = from(2); k <= to(2); k++) {
      for (let j = from(1); j <= to(1); j++) {
        for (let i = from(0), n = i + size[0] * (j + size[1] * k); i <= to(0); i++, n++) {
          if (data[n] >= reach) continue
          visit(n, gap - other.at(low[0] + i * step, low[1] + j * step, low[2] + k * step))
        }
      }
    }
  }

  /** Keeps what lies where `distance` is negative; the edge where both meet is rounded over about `round` mm. */
  within(distance: (x: number, y: number, z: number) => number, round = 0): this {
    this.each((n, x, y, z) => {
      if (this.data[n] < FAR) this.data[n] = Math.min(FAR, smoothMax(this.data[n], distance(x, y, z), round))
    })
    return this
  }

  /** Moves the surface in and out by what `bump` gives, mm. */
  roughen(bump: (x: number, y: number, z: number) => number): this {
    this.each((n, x, y, z) => {
      if (this.data[n] < FAR) this.data[n] += bump(x, y, z)
    })
    return this
  }

  /** The volume inside, mL, the surface cells taken in part. */
  volumeMl(): number {
    let inside = 0
    for (let n = 0; n < this.data.length; n++) inside += partInside(this.data[n], this.step)
    return (inside * this.step ** 3) / 1000
  }

  /** Grows or shrinks the shape, at most by `most` mm, until it holds `ml`; what `others` fill, and a gap, stays free. */
  growTo(ml: number, most: number, others: readonly (readonly [Field, number])[] = []): this {
    const { data, step } = this
    const reach = most + step
    const forbidden = new Float32Array(data.length).fill(-FAR)
    for (const [other, gap] of others) {
      this.besides(other, gap, reach, (n, d) => {
        if (d > forbidden[n]) forbidden[n] = d
      })
    }
    // Only these can be inside at all; the search for the right growth asks them alone.
    const candidates = new Int32Array(data.length)
    let count = 0
    for (let n = 0; n < data.length; n++) if (data[n] < reach && forbidden[n] < step) candidates[count++] = n
    const volumeAt = (by: number): number => {
      let inside = 0
      for (let c = 0; c < count; c++) {
        const n = candidates[c]
        inside += partInside(Math.max(data[n] - by, forbidden[n]), step)
      }
      return (inside * step ** 3) / 1000
    }
    let [low, high] = [-most, most]
    for (let round = 0; round < 12; round++) {
      const middle = (low + high) / 2
      if (volumeAt(middle) < ml) low = middle
      else high = middle
    }
    const by = (low + high) / 2
    for (let n = 0; n < data.length; n++) if (data[n] < FAR) data[n] = Math.max(data[n] - by, forbidden[n])
    return this
  }
}

/** How much of a grid cell lies inside a surface `distance` away. */
function partInside(distance: number, step: number): number {
  return Math.max(0, Math.min(1, 0.5 - distance / step))
}

/** The larger of two, with the corner rounded over about `round` (Quilez's polynomial form). */
export function smoothMax(a: number, b: number, round: number): number {
  if (round <= 0) return Math.max(a, b)
  const h = Math.max(0, round - Math.abs(a - b)) / round
  return Math.max(a, b) + (h * h * round) / 4
}

/** About the distance to an ellipsoid's surface, by a first-order step; negative inside. */
export function ellipsoid(x: number, y: number, z: number, [rx, ry, rz]: Vec3): number {
  const [u, v, w] = [x / rx, y / ry, z / rz]
  // Math.hypot guards against overflow, which costs ten times as much.
  const k0 = Math.sqrt(u * u + v * v + w * w)
  const k1 = Math.sqrt((u / rx) ** 2 + (v / ry) ** 2 + (w / rz) ** 2)
  return k1 < 1e-9 ? -Math.min(rx, ry, rz) : (k0 * (k0 - 1)) / k1
}
