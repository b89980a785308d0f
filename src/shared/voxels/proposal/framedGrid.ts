import type { Vec3 } from '../../geometry/affine'

/**
 * An image averaged over blocks of voxels, with a frame one cell wide around it, so that every inner cell has all its 26
 * neighbours: cell (x, y, z) is `values[x + nx * (y + ny * z)]`, inner cells run from 1 to n - 2 along each axis.
 */
export interface FramedGrid {
  readonly size: Vec3
  /** mm from cell to cell. */
  readonly spacing: Vec3
  /** Voxels of the image in a cell along each axis; the last cell of a row may hold fewer. */
  readonly factor: Vec3
  readonly values: Float32Array
}

/** Averages an image over blocks of `factor` voxels. */
export function framedGrid(image: Int16Array, dims: Vec3, spacing: Vec3, factor: Vec3): FramedGrid {
  const [fx, fy, fz] = factor
  const inner = (axis: 0 | 1 | 2): number => Math.ceil(dims[axis] / factor[axis])
  const size: Vec3 = [inner(0) + 2, inner(1) + 2, inner(2) + 2]
  const values = new Float32Array(size[0] * size[1] * size[2])
  const counts = new Uint16Array(values.length)
  for (let k = 0, from = 0; k < dims[2]; k++) {
    for (let j = 0; j < dims[1]; j++) {
      const row = 1 + size[0] * (1 + Math.floor(j / fy) + size[1] * (1 + Math.floor(k / fz)))
      for (let i = 0, x = row, left = fx; i < dims[0]; i++, from++) {
        values[x] += image[from]
        counts[x]++
        if (--left === 0) {
          left = fx
          x++
        }
      }
    }
  }
  for (let n = 0; n < values.length; n++) if (counts[n] > 1) values[n] /= counts[n]
  return { size, spacing: [spacing[0] * fx, spacing[1] * fy, spacing[2] * fz], factor, values }
}

/** The share of 1s in each cell of a mask on the image's voxels. */
export function framedMask(mask: Uint8Array, dims: Vec3, factor: Vec3): Float32Array {
  return framedGrid(Int16Array.from(mask), dims, [1, 1, 1], factor).values
}

/** The cell that a voxel of the image lies in. */
export function cellOf([i, j, k]: Vec3, { size, factor }: FramedGrid): number {
  const [x, y, z] = [Math.floor(i / factor[0]), Math.floor(j / factor[1]), Math.floor(k / factor[2])]
  return x + 1 + size[0] * (y + 1 + size[1] * (z + 1))
}

/** Calls for every inner cell's row: cells [from, to). */
export function eachInnerRow(
  [nx, ny, nz]: Vec3,
  visit: (from: number, to: number, y: number, z: number) => void,
): void {
  for (let z = 1; z < nz - 1; z++) {
    for (let y = 1; y < ny - 1; y++) {
      const row = nx * (y + ny * z)
      visit(row + 1, row + nx - 1, y, z)
    }
  }
}

/** Cell values between the cells' centres, by trilinear interpolation, at every voxel of the image. */
export function interpolated(cells: Float32Array, grid: FramedGrid, dims: Vec3): Float32Array {
  const { size, factor } = grid
  const out = new Float32Array(dims[0] * dims[1] * dims[2])
  const axes = ([0, 1, 2] as const).map((axis) => steps(dims[axis], factor[axis], size[axis]))
  const [ax, ay, az] = axes
  const row = new Float32Array(size[0])
  for (let k = 0, to = 0; k < dims[2]; k++) {
    const [z, wz] = [az.first[k], az.weight[k]]
    for (let j = 0; j < dims[1]; j++) {
      const [y, wy] = [ay.first[j], ay.weight[j]]
      const a = size[0] * (y + size[1] * z)
      const b = a + size[0] * (ay.second[j] - y)
      const up = size[0] * size[1] * (az.second[k] - z)
      for (let x = 0; x < size[0]; x++) {
        const near = cells[a + x] + wy * (cells[b + x] - cells[a + x])
        const far = cells[a + up + x] + wy * (cells[b + up + x] - cells[a + up + x])
        row[x] = near + wz * (far - near)
      }
      for (let i = 0; i < dims[0]; i++, to++) {
        const v = row[ax.first[i]]
        out[to] = v + ax.weight[i] * (row[ax.second[i]] - v)
      }
    }
  }
  return out
}

/** Between which two inner cells each voxel's centre lies, and how far along. */
function steps(voxels: number, factor: number, cells: number) {
  const first = new Int32Array(voxels)
  const second = new Int32Array(voxels)
  const weight = new Float32Array(voxels)
  for (let n = 0; n < voxels; n++) {
    const at = (n + 0.5) / factor + 0.5
    const low = Math.min(cells - 2, Math.max(1, Math.floor(at)))
    first[n] = low
    second[n] = Math.min(cells - 2, low + 1)
    weight[n] = Math.min(1, Math.max(0, at - low))
  }
  return { first, second, weight }
}
