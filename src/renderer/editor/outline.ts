import type { Vec3 } from '../../shared/geometry/affine'
import type { Mask } from '../../shared/voxels/mask'
import { fillPolygons, type Corner } from '../../shared/voxels/polygon'
import { inPlane, sliceAxis, type Plane } from './brush'

/**
 * What a closed outline on a slice encloses.
 * @param points continuous voxel coordinates; the slice is that of the first
 * @returns null where it encloses nothing of the grid
 */
export function outlineMask(points: readonly Vec3[], plane: Plane, dims: Vec3): Mask | null {
  if (points.length < 3) return null
  const [a, b] = inPlane[plane]
  const flat = sliceAxis[plane]
  const slice = Math.round(points[0][flat])
  if (slice < 0 || slice >= dims[flat]) return null
  const range = (axis: 0 | 1 | 2): readonly [number, number] => {
    if (axis === flat) return [slice, slice + 1]
    const at = points.map((point) => point[axis])
    return [Math.max(0, Math.floor(Math.min(...at))), Math.min(dims[axis], Math.ceil(Math.max(...at)) + 1)]
  }
  const [x, y, z] = [range(0), range(1), range(2)]
  if ([x, y, z].some(([low, high]) => high <= low)) return null
  const box = { low: [x[0], y[0], z[0]], high: [x[1], y[1], z[1]] } as const
  const corners = points.map((point): Corner => [point[a] - box.low[a], point[b] - box.low[b]])
  // A slice's own two axes in memory order are those of the block, its third being one voxel thick.
  const [nx, ny] = [box.high[a] - box.low[a], box.high[b] - box.low[b]]
  const voxels = new Uint8Array(nx * ny)
  fillPolygons(voxels, nx, ny, [corners])
  return voxels.includes(1) ? { box, voxels } : null
}
