import type { Vec3 } from '../../shared/geometry/affine'

/** A label map at a lower resolution: every `step`-th voxel along each axis. */
export interface Overview {
  readonly dims: Vec3
  readonly step: Vec3
  readonly data: Uint8Array
}

/** Picks voxels so that no axis keeps more than `limit`; labels are picked, never mixed. */
export function overviewOf(labels: Uint8Array, dims: Vec3, spacing: Vec3, limit = 128): Overview {
  const extent = Math.max(...dims.map((n, axis) => n * spacing[axis]))
  const stepOf = (axis: 0 | 1 | 2): number => Math.max(1, Math.round(extent / limit / spacing[axis]))
  const step: Vec3 = [stepOf(0), stepOf(1), stepOf(2)]
  const sizeOf = (axis: 0 | 1 | 2): number => Math.floor((dims[axis] - 1) / step[axis]) + 1
  const small: Vec3 = [sizeOf(0), sizeOf(1), sizeOf(2)]
  const data = new Uint8Array(small[0] * small[1] * small[2])
  let out = 0
  for (let k = 0; k < dims[2]; k += step[2]) {
    for (let j = 0; j < dims[1]; j += step[1]) {
      const row = dims[0] * (j + dims[1] * k)
      for (let i = 0; i < dims[0]; i += step[0]) data[out++] = labels[row + i]
    }
  }
  return { dims: small, step, data }
}

/** The voxel of a structure that lies nearest to its centre of mass, on the full grid; null where it has none. */
export function centreOf({ dims, step, data }: Overview, value: number): Vec3 | null {
  const found: Vec3[] = []
  const sum = [0, 0, 0]
  data.forEach((label, index) => {
    if (label !== value) return
    const i = index % dims[0]
    const row = (index - i) / dims[0]
    const j = row % dims[1]
    const k = (row - j) / dims[1]
    found.push([i, j, k])
    sum[0] += i
    sum[1] += j
    sum[2] += k
  })
  if (found.length === 0) return null
  const away = ([i, j, k]: Vec3): number =>
    Math.hypot(i - sum[0] / found.length, j - sum[1] / found.length, k - sum[2] / found.length)
  const nearest = found.reduce((best, p) => (away(p) < away(best) ? p : best))
  return [nearest[0] * step[0], nearest[1] * step[1], nearest[2] * step[2]]
}
