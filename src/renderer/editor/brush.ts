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

  const direction = axes.map((axis) => (b[axis] - a[axis]) * spacing[axis])
  const squared = direction[0] ** 2 + direction[1] ** 2 + direction[2] ** 2
  const limit = sweep.radiusMm ** 2
  const inside = (x: number, y: number, z: number): boolean => {
    const t =
      squared > 0 ? Math.min(1, Math.max(0, (x * direction[0] + y * direction[1] + z * direction[2]) / squared)) : 0
    const dx = x - t * direction[0]
    const dy = y - t * direction[1]
    const dz = z - t * direction[2]
    return dx * dx + dy * dy + dz * dz <= limit
  }
  for (let k = low[2]; k <= high[2]; k++) {
    const z = (k - a[2]) * spacing[2]
    for (let j = low[1]; j <= high[1]; j++) {
      const y = (j - a[1]) * spacing[1]
      let first = -1
      for (let i = low[0]; i <= high[0]; i++) {
        const hit = inside((i - a[0]) * spacing[0], y, z)
        if (hit && first < 0) first = i
        if (!hit && first >= 0) {
          visit(first, i - 1, j, k)
          first = -1
        }
      }
      if (first >= 0) visit(first, high[0], j, k)
    }
  }
  visitLine(dims, a, b, visit)
  return { min: [low[0], low[1], low[2]], max: [high[0] + 1, high[1] + 1, high[2] + 1] }
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
