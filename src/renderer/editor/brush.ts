import type { Vec3 } from '../../shared/geometry/affine'
import type { Box } from './box'

/** The voxel axis that a plane's slices are stacked along. */
export const sliceAxis = { axial: 2, coronal: 1, sagittal: 0 } as const
export type Plane = keyof typeof sliceAxis

/** The voxel axes that lie in a plane. */
export const inPlane = { axial: [0, 1], coronal: [0, 2], sagittal: [1, 2] } as const

/**
 * A round brush that moved in a straight line. `from` and `to` are continuous voxel coordinates (voxel centres are
 * integers); the radius is in millimetres. With a plane it is a disc within the slice that `to` lies in, without one a sphere.
 */
export interface Sweep {
  readonly from: Vec3
  readonly to: Vec3
  readonly radiusMm: number
  readonly plane: Plane | null
}

/** Called for each row segment of the swept shape: voxels (first .. last, j, k). */
export type RowVisitor = (first: number, last: number, j: number, k: number) => void

const axes = [0, 1, 2] as const

/**
 * Visits every voxel whose centre lies within the radius of the line from `from` to `to` (a swept disc or sphere, so that
 * a fast stroke has no gaps), and every voxel that the line itself passes through, so that the smallest brush paints too.
 * Distances are millimetres along the voxel axes. Returns the box visited, null where the shape misses the grid.
 */
export function visitSweep(dims: Vec3, spacing: Vec3, sweep: Sweep, visit: RowVisitor): Box | null {
  const flat = sweep.plane === null ? null : sliceAxis[sweep.plane]
  const slice = flat === null ? 0 : Math.round(sweep.to[flat])
  const onSlice = (p: Vec3): Vec3 => {
    const at = (axis: 0 | 1 | 2): number => (axis === flat ? slice : p[axis])
    return [at(0), at(1), at(2)]
  }
  const a = onSlice(sweep.from)
  const b = onSlice(sweep.to)
  const low = [0, 0, 0]
  const high = [0, 0, 0]
  for (const axis of axes) {
    const reach = axis === flat ? 0 : sweep.radiusMm / spacing[axis]
    const nearest = [Math.round(a[axis]), Math.round(b[axis])]
    low[axis] = Math.max(0, Math.min(Math.ceil(Math.min(a[axis], b[axis]) - reach), ...nearest))
    high[axis] = Math.min(dims[axis] - 1, Math.max(Math.floor(Math.max(a[axis], b[axis]) + reach), ...nearest))
    if (high[axis] < low[axis]) return null
  }

  const capsule = new Capsule(a, b, spacing, sweep.radiusMm)
  for (let k = low[2]; k <= high[2]; k++) {
    for (let j = low[1]; j <= high[1]; j++) {
      if (!capsule.cross(j, k)) continue
      const first = Math.max(low[0], capsule.first)
      const last = Math.min(high[0], capsule.last)
      if (first <= last) visit(first, last, j, k)
    }
  }
  visitLine(dims, a, b, visit)
  return { min: [low[0], low[1], low[2]], max: [high[0] + 1, high[1] + 1, high[2] + 1] }
}

/** What lies within a radius of a line; it is convex, so that a row of voxels crosses it in one run. */
class Capsule {
  /** The run of the row that was asked about last. */
  first = 0
  last = -1
  private readonly direction: Vec3
  private readonly squared: number

  constructor(
    private readonly a: Vec3,
    b: Vec3,
    private readonly spacing: Vec3,
    private readonly radiusMm: number,
  ) {
    const along = (axis: 0 | 1 | 2): number => (b[axis] - a[axis]) * spacing[axis]
    this.direction = [along(0), along(1), along(2)]
    this.squared = this.direction[0] ** 2 + this.direction[1] ** 2 + this.direction[2] ** 2
  }

  /** Where the row (j, k) crosses it; false where it does not. */
  cross(j: number, k: number): boolean {
    const { a, spacing } = this
    const y = (j - a[1]) * spacing[1]
    const z = (k - a[2]) * spacing[2]
    const [from, to] = this.extent(y, z)
    // In whole voxels, and by the distance itself at both ends, where the extent is rounded.
    this.first = Math.ceil(from / spacing[0] + a[0] - 1e-6)
    this.last = Math.floor(to / spacing[0] + a[0] + 1e-6)
    while (this.first <= this.last && !this.holds((this.first - a[0]) * spacing[0], y, z)) this.first++
    while (this.first <= this.last && !this.holds((this.last - a[0]) * spacing[0], y, z)) this.last--
    return this.first <= this.last
  }

  private holds(x: number, y: number, z: number): boolean {
    const { direction, squared, radiusMm } = this
    const t =
      squared > 0 ? Math.min(1, Math.max(0, (x * direction[0] + y * direction[1] + z * direction[2]) / squared)) : 0
    const dx = x - t * direction[0]
    const dy = y - t * direction[1]
    const dz = z - t * direction[2]
    return dx * dx + dy * dy + dz * dz <= radiusMm ** 2
  }

  /** Of the row at (y, z), mm from `a`: what its two balls and the cylinder between them take together. */
  private extent(y: number, z: number): readonly [from: number, to: number] {
    const { direction, squared, radiusMm } = this
    const [dx, dy, dz] = direction
    const limit = radiusMm ** 2
    let [from, to] = [Infinity, -Infinity]
    const include = (low: number, high: number): void => {
      if (low > high) return
      from = Math.min(from, low)
      to = Math.max(to, high)
    }
    const ball = (x: number, away: number): void => {
      const half = Math.sqrt(limit - away)
      if (half >= 0) include(x - half, x + half)
    }
    ball(0, y * y + z * z)
    if (squared === 0) return [from, to]
    ball(dx, (y - dy) ** 2 + (z - dz) ** 2)
    // Between both ends: 0 <= x dx + s <= squared.
    const s = y * dy + z * dz
    const isAcross = dx === 0
    if (isAcross && (s < 0 || s > squared)) return [from, to]
    const [p, q] = isAcross ? [-Infinity, Infinity] : [-s / dx, (squared - s) / dx]
    // No further than the radius from the line: u x^2 + 2 v x + w <= 0.
    const u = 1 - (dx * dx) / squared
    const v = (-s * dx) / squared
    const w = y * y + z * z - (s * s) / squared - limit
    if (u < 1e-12) {
      if (w <= 0) include(Math.min(p, q), Math.max(p, q))
      return [from, to]
    }
    const root = Math.sqrt(v * v - u * w)
    if (root >= 0) include(Math.max(Math.min(p, q), (-v - root) / u), Math.min(Math.max(p, q), (-v + root) / u))
    return [from, to]
  }
}

/** Voxels along a line, sampled every third of a voxel. */
function visitLine(dims: Vec3, a: Vec3, b: Vec3, visit: RowVisitor): void {
  const steps = Math.max(1, Math.ceil(3 * Math.max(...axes.map((axis) => Math.abs(b[axis] - a[axis])))))
  for (let s = 0; s <= steps; s++) {
    const [i, j, k] = axes.map((axis) => Math.round(a[axis] + ((b[axis] - a[axis]) * s) / steps))
    const within = i >= 0 && j >= 0 && k >= 0 && i < dims[0] && j < dims[1] && k < dims[2]
    if (within) visit(i, i, j, k)
  }
}
