import type { Vec3 } from '../../shared/geometry/affine'
import type { Pose } from './pose'
import type { Part } from './tissue'

/** An axis-aligned grid in scanner coordinates: voxel (0, 0, 0) at `origin` mm, RAS. */
export interface ScanGrid {
  readonly dims: Vec3
  readonly spacing: Vec3
  readonly origin: Vec3
}

interface Placed {
  readonly part: Part
  /** Voxel indices between which the part can lie, high exclusive. */
  readonly low: Vec3
  readonly high: Vec3
}

/** Voxels between the places where the way into the atlas is computed exactly; between them it is interpolated. */
const NODE = 6

/**
 * Paints the parts slice by slice. A voxel takes part of each tissue by how deep it lies under the part's surface
 * (partial volume in the plane), and thick slices are the mean of thinner ones (partial volume across).
 */
export class Renderer {
  private readonly placed: Placed[]
  private readonly hu: Float32Array
  private readonly x: Float32Array
  private readonly y: Float32Array
  private readonly z: Float32Array
  private readonly scratch: Uint8Array

  constructor(
    parts: readonly Part[],
    private readonly pose: Pose,
    private readonly grid: ScanGrid,
  ) {
    const count = grid.dims[0] * grid.dims[1]
    this.hu = new Float32Array(count)
    this.x = new Float32Array(count)
    this.y = new Float32Array(count)
    this.z = new Float32Array(count)
    this.scratch = new Uint8Array(count)
    this.placed = parts.map((part) => ({ part, ...this.extentOf(part) }))
  }

  /** Slice k: HU into `hu` and labels into `labels`, each nx * ny. */
  slice(k: number, hu: Float32Array, labels: Uint8Array): void {
    const { spacing } = this.grid
    const pieces = spacing[2] < 2 ? 1 : 3
    hu.fill(0)
    for (let piece = 0; piece < pieces; piece++) {
      const offset = (piece - (pieces - 1) / 2) / pieces
      const middle = piece === (pieces - 1) / 2
      this.paint(k, offset, middle ? labels : this.scratch)
      for (let n = 0; n < hu.length; n++) hu[n] += this.hu[n] / pieces
    }
  }

  private paint(k: number, offset: number, labels: Uint8Array): void {
    const { spacing, origin } = this.grid
    this.locate(origin[2] + (k + offset) * spacing[2])
    this.hu.fill(-1000)
    labels.fill(0)
    for (const placed of this.placed) if (k >= placed.low[2] && k < placed.high[2]) this.paintPart(placed, labels)
  }

  /** Where each voxel of the plane at height `z` lies in the atlas. */
  private locate(z: number): void {
    const { dims, spacing, origin } = this.grid
    const [nx, ny] = dims
    const columns = Math.ceil((nx - 1) / NODE) + 1
    const rows = Math.ceil((ny - 1) / NODE) + 1
    const nodes = new Float64Array(columns * rows * 3)
    for (let r = 0, n = 0; r < rows; r++) {
      for (let c = 0; c < columns; c++, n += 3) {
        nodes.set(this.pose.toAtlas(origin[0] + c * NODE * spacing[0], origin[1] + r * NODE * spacing[1], z), n)
      }
    }
    for (let axis = 0; axis < 3; axis++) {
      const out = [this.x, this.y, this.z][axis]
      for (let j = 0; j < ny; j++) {
        const r = Math.min(rows - 2, Math.floor(j / NODE))
        const fj = (j - r * NODE) / NODE
        for (let c = 0; c + 1 < columns; c++) {
          const n = (r * columns + c) * 3 + axis
          const left = nodes[n] + fj * (nodes[n + columns * 3] - nodes[n])
          const right = nodes[n + 3] + fj * (nodes[n + 3 + columns * 3] - nodes[n + 3])
          const to = Math.min(nx, (c + 1) * NODE)
          for (let i = c * NODE; i < to; i++) out[i + nx * j] = left + ((i - c * NODE) / NODE) * (right - left)
        }
        if ((nx - 1) % NODE === 0) {
          const n = (r * columns + columns - 1) * 3 + axis
          out[nx - 1 + nx * j] = nodes[n] + fj * (nodes[n + columns * 3] - nodes[n])
        }
      }
    }
  }

  private paintPart({ part, low, high }: Placed, labels: Uint8Array): void {
    const { field, tissue, label, coat, within } = part
    const { data, size, step } = field
    const { spacing, origin, dims } = this.grid
    const { hu, x, y, z } = this
    const inverse = 1 / step
    const [ox, oy, oz] = field.low
    const [mx, my, mz] = [size[0] - 1, size[1] - 1, size[2] - 1]
    const row = size[0]
    const plane = row * size[1]
    const edge = Math.max(0.5, 0.5 * Math.max(spacing[0], spacing[1]))
    const thickness = coat?.mm ?? 0
    const reach = edge + thickness
    const skip = reach + 1.6 * step
    for (let j = low[1]; j < high[1]; j++) {
      const up = origin[1] + j * spacing[1]
      for (let n = low[0] + dims[0] * j, end = high[0] + dims[0] * j; n < end; n++) {
        const u = (x[n] - ox) * inverse
        const v = (y[n] - oy) * inverse
        const w = (z[n] - oz) * inverse
        if (!(u >= 0 && v >= 0 && w >= 0 && u < mx && v < my && w < mz)) continue
        const i0 = u | 0
        const j0 = v | 0
        const k0 = w | 0
        const at = i0 + row * j0 + plane * k0
        const corner = data[at]
        if (corner > skip) continue
        const fu = u - i0
        const fv = v - j0
        const a = corner + fu * (data[at + 1] - corner)
        const b = data[at + row] + fu * (data[at + row + 1] - data[at + row])
        const c = data[at + plane] + fu * (data[at + plane + 1] - data[at + plane])
        const d = data[at + plane + row] + fu * (data[at + plane + row + 1] - data[at + plane + row])
        const near = a + fv * (b - a)
        const distance = near + (w - k0) * (c + fv * (d - c) - near)
        if (distance >= reach) continue
        if (within !== undefined && labels[n] !== within) continue
        if (coat && distance > -edge) {
          const share = distance > thickness - edge ? (reach - distance) / (2 * edge) : 1
          hu[n] += Math.min(1, share) * (coat.hu - hu[n])
          if (distance < thickness && labels[n] !== 0) labels[n] = 0
        }
        if (distance >= edge) continue
        const value = tissue(distance < 0 ? -distance : 0, x[n], y[n], z[n], up)
        hu[n] += (distance <= -edge ? 1 : (edge - distance) / (2 * edge)) * (value - hu[n])
        if (distance < 0 && label !== null) labels[n] = label
      }
    }
  }

  /** Voxels that the part's box can reach: its faces, taken into the scanner at several places. */
  private extentOf({ field }: Part): { low: Vec3; high: Vec3 } {
    const { dims, spacing, origin } = this.grid
    const least = [Infinity, Infinity, Infinity]
    const most = [-Infinity, -Infinity, -Infinity]
    const parts = 4
    for (let a = 0; a <= parts; a++) {
      for (let b = 0; b <= parts; b++) {
        for (let c = 0; c <= parts; c++) {
          const along = (axis: 0 | 1 | 2, t: number): number =>
            field.low[axis] + (t / parts) * (field.high[axis] - field.low[axis])
          const place = this.pose.toScanner([along(0, a), along(1, b), along(2, c)])
          place.forEach((mm, axis) => {
            least[axis] = Math.min(least[axis], mm)
            most[axis] = Math.max(most[axis], mm)
          })
        }
      }
    }
    const margin = 4
    const from = (axis: 0 | 1 | 2): number =>
      Math.max(0, Math.floor((least[axis] - margin - origin[axis]) / spacing[axis]))
    const to = (axis: 0 | 1 | 2): number =>
      Math.min(dims[axis], Math.ceil((most[axis] + margin - origin[axis]) / spacing[axis]) + 1)
    return { low: [from(0), from(1), from(2)], high: [to(0), to(1), to(2)] }
  }
}
