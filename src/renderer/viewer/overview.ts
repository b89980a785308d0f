import { Breath } from '../editor/breath'
import type { Vec3 } from '../../shared/geometry/affine'

/** A label map at a lower resolution: every `step`-th voxel along each axis. */
export interface Overview {
  readonly dims: Vec3
  readonly step: Vec3
  readonly data: Uint8Array
}

/** Picks voxels so that no axis keeps more than `limit`; labels are picked, never mixed. */
export function overviewOf(labels: Uint8Array, dims: Vec3, spacing: Vec3, limit = 128): Overview {
  const overview = emptyOverview(dims, spacing, limit)
  for (let k = 0; k < overview.dims[2]; k++) pickSlice(overview, labels, dims, k)
  return overview
}

/** The same while the window goes on. */
export async function overviewGently(labels: Uint8Array, dims: Vec3, spacing: Vec3, limit = 128): Promise<Overview> {
  const overview = emptyOverview(dims, spacing, limit)
  const breath = new Breath()
  for (let k = 0; k < overview.dims[2]; k++) {
    pickSlice(overview, labels, dims, k)
    await breath.due()
  }
  return overview
}

function emptyOverview(dims: Vec3, spacing: Vec3, limit: number): Overview {
  const extent = Math.max(...dims.map((n, axis) => n * spacing[axis]))
  const stepOf = (axis: 0 | 1 | 2): number => Math.max(1, Math.round(extent / limit / spacing[axis]))
  const step: Vec3 = [stepOf(0), stepOf(1), stepOf(2)]
  const sizeOf = (axis: 0 | 1 | 2): number => Math.floor((dims[axis] - 1) / step[axis]) + 1
  const small: Vec3 = [sizeOf(0), sizeOf(1), sizeOf(2)]
  return { dims: small, step, data: new Uint8Array(small[0] * small[1] * small[2]) }
}

/** @param k of the overview's slices */
function pickSlice({ dims: [nx, ny], step, data }: Overview, labels: Uint8Array, dims: Vec3, k: number): void {
  let out = nx * ny * k
  for (let j = 0; j < dims[1]; j += step[1]) {
    const row = dims[0] * (j + dims[1] * k * step[2])
    for (let i = 0; i < dims[0]; i += step[0]) data[out++] = labels[row + i]
  }
}

/** The voxel of a structure that lies nearest to its centre of mass, on the full grid; null where it has none. */
export function centreOf({ dims, step, data }: Overview, value: number): Vec3 | null {
  const [nx, ny, nz] = dims
  let [count, x, y, z] = [0, 0, 0, 0]
  for (let k = 0, n = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      for (let i = 0; i < nx; i++, n++) {
        if (data[n] !== value) continue
        count++
        x += i
        y += j
        z += k
      }
    }
  }
  if (count === 0) return null
  let [nearest, at] = [Infinity, 0]
  for (let k = 0, n = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++) {
      for (let i = 0; i < nx; i++, n++) {
        if (data[n] !== value) continue
        const away = (i - x / count) ** 2 + (j - y / count) ** 2 + (k - z / count) ** 2
        if (away >= nearest) continue
        nearest = away
        at = n
      }
    }
  }
  const [i, j, k] = [at % nx, Math.floor(at / nx) % ny, Math.floor(at / nx / ny)]
  return [i * step[0], j * step[1], k * step[2]]
}
