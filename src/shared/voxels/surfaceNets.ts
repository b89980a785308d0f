import type { Vec3 } from '../geometry/affine'

/** A closed surface: three numbers a point, three point numbers a triangle, anticlockwise seen from outside. */
export interface TriangleSurface {
  readonly points: Float32Array
  readonly triangles: Uint32Array
}

/**
 * The surface of one label by naive surface nets (Gibson 1998): a point in every cell of 2x2x2 voxel centres that the
 * surface passes through, two triangles for every pair of neighbouring voxels that it separates, then `smoothing` rounds
 * of Taubin's smoothing, which does not shrink. `data[i + nx * (j + ny * k)]`; points in voxel coordinates, voxel centres
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
  const pointOf = new Int32Array(inside.length).fill(-1)
  const points: number[] = []
  for (let k = 0; k + 1 < size[2]; k++) {
    for (let j = 0; j + 1 < size[1]; j++) {
      for (let i = 0; i + 1 < size[0]; i++) {
        const cell = i + strides[1] * j + strides[2] * k
        let mask = 0
        for (let c = 0; c < 8; c++) mask |= inside[cell + corners[c]] << c
        if (mask === 0 || mask === 255) continue
        pointOf[cell] = points.length / 3
        const [x, y, z] = crossingMean(mask)
        points.push(i + x + low[0] - 1, j + y + low[1] - 1, k + z + low[2] - 1)
      }
    }
  }

  const triangles: number[] = []
  for (let k = 0; k < size[2]; k++) {
    for (let j = 0; j < size[1]; j++) {
      for (let i = 0; i < size[0]; i++) {
        const voxel = i + strides[1] * j + strides[2] * k
        for (const axis of [0, 1, 2] as const) {
          const next = voxel + strides[axis]
          if ((axis === 0 ? i : axis === 1 ? j : k) + 1 >= size[axis] || inside[voxel] === inside[next]) continue
          const [u, v] = [strides[(axis + 1) % 3], strides[(axis + 2) % 3]]
          const a = pointOf[voxel - u - v]
          const b = pointOf[voxel - v]
          const c = pointOf[voxel]
          const d = pointOf[voxel - u]
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

const edges = [
  [0, 1],
  [2, 3],
  [4, 5],
  [6, 7],
  [0, 2],
  [1, 3],
  [4, 6],
  [5, 7],
  [0, 4],
  [1, 5],
  [2, 6],
  [3, 7],
] as const
const means = new Map<number, Vec3>()

/** The mean of the middles of the cell's edges that the surface crosses. */
function crossingMean(mask: number): Vec3 {
  const known = means.get(mask)
  if (known) return known
  const crossed = edges.filter(([a, b]) => ((mask >> a) & 1) !== ((mask >> b) & 1))
  const along = (bit: number): number =>
    crossed.reduce((sum, [a, b]) => sum + (((a >> bit) & 1) + ((b >> bit) & 1)) / 2, 0) / crossed.length
  const mean: Vec3 = [along(0), along(1), along(2)]
  means.set(mask, mean)
  return mean
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
