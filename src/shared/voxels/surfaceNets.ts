import type { Vec3 } from '../geometry/affine'
import { cellEdge, cellPatches, tunnelFaces } from './cellPatches'

/** A closed surface: three numbers a point, three point numbers a triangle, anticlockwise seen from outside. */
export interface TriangleSurface {
  readonly points: Float32Array
  readonly triangles: Uint32Array
}

/**
 * The surface of one label by surface nets (Gibson 1998): a point for every patch of the surface in a cell of 2x2x2 voxel
 * centres, two triangles for every pair of neighbouring voxels that it separates, then `smoothing` rounds of Taubin's
 * smoothing, which hardly shrinks. Every edge belongs to exactly two triangles. `data[i + nx * (j + ny * k)]`; points in voxel coordinates, voxel centres
 * are integers. Where the label touches the grid's edge the surface closes half a voxel outside.
 */
export function surfaceNets(data: Uint8Array, dims: Vec3, value: number, smoothing = 6): TriangleSurface {
  const bounds = boundsOf(data, dims, value)
  if (!bounds) return { points: new Float32Array(0), triangles: new Uint32Array(0) }
  const { low, high } = bounds
  // One voxel of outside on every side.
  const size = [high[0] - low[0] + 3, high[1] - low[1] + 3, high[2] - low[2] + 3] as const
  const inside = new Uint8Array(size[0] * size[1] * size[2])
  for (let k = low[2]; k <= high[2]; k++) {
    for (let j = low[1]; j <= high[1]; j++) {
      const from = dims[0] * (j + dims[1] * k)
      const to = 1 - low[0] + size[0] * (j - low[1] + 1 + size[1] * (k - low[2] + 1))
      for (let i = low[0]; i <= high[0]; i++) if (data[from + i] === value) inside[to + i] = 1
    }
  }

  const strides = [1, size[0], size[0] * size[1]] as const
  const corners = [0, 1, 2, 3, 4, 5, 6, 7].map(
    (c) => (c & 1) * strides[0] + ((c >> 1) & 1) * strides[1] + ((c >> 2) & 1) * strides[2],
  )
  const masks = new Uint8Array(inside.length)
  for (let k = 0; k + 1 < size[2]; k++) {
    for (let j = 0; j + 1 < size[1]; j++) {
      for (let i = 0; i + 1 < size[0]; i++) {
        const cell = i + strides[1] * j + strides[2] * k
        for (let c = 0; c < 8; c++) masks[cell] |= inside[cell + corners[c]] << c
      }
    }
  }
  /** The faces across which the inside is joined: else the surfaces on both sides would meet in one edge twice. */
  const joinedFaces = (cell: number): number => {
    const tunnels = tunnelFaces(masks[cell])
    let joined = 0
    for (let face = 0; tunnels >> face > 0; face++) {
      const across = cell + (face & 1 ? 1 : -1) * strides[face >> 1]
      if ((tunnels >> face) & (tunnelFaces(masks[across]) >> (face ^ 1)) & 1) joined |= 1 << face
    }
    return joined
  }
  const firstPoint = new Int32Array(inside.length)
  const joins = new Uint8Array(inside.length)
  const points: number[] = []
  for (let k = 0; k + 1 < size[2]; k++) {
    for (let j = 0; j + 1 < size[1]; j++) {
      for (let i = 0; i + 1 < size[0]; i++) {
        const cell = i + strides[1] * j + strides[2] * k
        if (masks[cell] === 0 || masks[cell] === 255) continue
        firstPoint[cell] = points.length / 3
        joins[cell] = joinedFaces(cell)
        for (const [x, y, z] of cellPatches(masks[cell], joins[cell]).means) {
          points.push(i + x + low[0] - 1, j + y + low[1] - 1, k + z + low[2] - 1)
        }
      }
    }
  }
  /** The point of the patch in a cell that crosses the cell's edge along `axis` from `corner`. */
  const pointOn = (cell: number, corner: number, axis: number): number =>
    firstPoint[cell] + cellPatches(masks[cell], joins[cell]).patchOfEdge[cellEdge(corner, axis)]

  const triangles: number[] = []
  for (let k = 0; k < size[2]; k++) {
    for (let j = 0; j < size[1]; j++) {
      for (let i = 0; i < size[0]; i++) {
        const voxel = i + strides[1] * j + strides[2] * k
        for (const axis of [0, 1, 2] as const) {
          const next = voxel + strides[axis]
          if ((axis === 0 ? i : axis === 1 ? j : k) + 1 >= size[axis] || inside[voxel] === inside[next]) continue
          const [u, v] = [strides[(axis + 1) % 3], strides[(axis + 2) % 3]]
          const [uBit, vBit] = [1 << ((axis + 1) % 3), 1 << ((axis + 2) % 3)]
          const a = pointOn(voxel - u - v, uBit | vBit, axis)
          const b = pointOn(voxel - v, vBit, axis)
          const c = pointOn(voxel, 0, axis)
          const d = pointOn(voxel - u, uBit, axis)
          if (inside[voxel]) triangles.push(a, b, c, a, c, d)
          else triangles.push(a, c, b, a, d, c)
        }
      }
    }
  }
  const surface = { points: Float32Array.from(points), triangles: Uint32Array.from(triangles) }
  for (let round = 0; round < smoothing; round++) {
    relax(surface, 0.5)
    relax(surface, -0.53)
  }
  return surface
}

function boundsOf(data: Uint8Array, [nx, ny]: Vec3, value: number): { low: number[]; high: number[] } | null {
  const low = [Infinity, Infinity, Infinity]
  const high = [-1, -1, -1]
  let index = data.indexOf(value)
  while (index >= 0) {
    const i = index % nx
    const row = (index - i) / nx
    const voxel = [i, row % ny, Math.floor(row / ny)]
    voxel.forEach((v, axis) => {
      low[axis] = Math.min(low[axis], v)
      high[axis] = Math.max(high[axis], v)
    })
    index = data.indexOf(value, index + 1)
  }
  return high[0] < 0 ? null : { low, high }
}

/** Moves each point by `share` of the way to the mean of its neighbours. */
function relax({ points, triangles }: TriangleSurface, share: number): void {
  const sums = new Float32Array(points.length)
  const counts = new Uint16Array(points.length / 3)
  const join = (from: number, to: number): void => {
    counts[from]++
    for (let axis = 0; axis < 3; axis++) sums[3 * from + axis] += points[3 * to + axis]
  }
  // Each quad's outer edges, once from either side.
  for (let t = 0; t < triangles.length; t += 6) {
    const diagonal = triangles[t] === triangles[t + 3] && triangles[t + 2] === triangles[t + 4]
    const quad = diagonal
      ? [triangles[t], triangles[t + 1], triangles[t + 2], triangles[t + 5]]
      : [triangles[t], triangles[t + 2], triangles[t + 1], triangles[t + 4]]
    quad.forEach((point, n) => {
      join(point, quad[(n + 1) % 4])
      join(point, quad[(n + 3) % 4])
    })
  }
  for (let p = 0; p < points.length; p++) {
    const count = counts[Math.floor(p / 3)]
    if (count > 0) points[p] += share * (sums[p] / count - points[p])
  }
}
