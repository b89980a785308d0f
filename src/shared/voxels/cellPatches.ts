import type { Vec3 } from '../geometry/affine'

/**
 * How a surface passes through a cell of 2x2x2 voxel centres: corner c lies at (c & 1, c >> 1 & 1, c >> 2 & 1). Every
 * patch of the surface in a cell gets a point of its own (Nielson, Dual Marching Cubes, 2004), so that surfaces that only
 * come near each other stay apart.
 */
export interface CellPatches {
  /** The patch that crosses each of the cell's edges (`cellEdge`); -1 where none does. */
  readonly patchOfEdge: Int8Array
  /** Of each patch: the mean of the middles of the edges that it crosses, in the cell. */
  readonly means: readonly Vec3[]
}

const edges: readonly (readonly [number, number])[] = [0, 1, 2].flatMap((axis) =>
  [0, 1, 2, 3, 4, 5, 6, 7]
    .filter((corner) => ((corner >> axis) & 1) === 0)
    .map((corner) => [corner, corner | (1 << axis)] as const),
)

const edgeNumbers = new Int8Array(24).fill(-1)
edges.forEach(([from, to], n) => (edgeNumbers[from + 8 * Math.log2(to - from)] = n))

/** The number of the edge that runs along `axis` from a corner. */
export function cellEdge(corner: number, axis: number): number {
  return edgeNumbers[corner + 8 * axis]
}

/** Faces 2 * axis (low) and 2 * axis + 1 (high), their corners in a circle. */
const cellFaces: readonly (readonly [number, number, number, number])[] = [0, 1, 2].flatMap((axis) => {
  const [u, v] = [1 << ((axis + 1) % 3), 1 << ((axis + 2) % 3)]
  return [0, 1 << axis].map((base) => [base, base | u, base | u | v, base | v] as const)
})

/** Whether a face's corners are inside and outside in turns, so that the surface may cross it in either of two ways. */
function isAmbiguous(mask: number, face: number): boolean {
  const [a, b, c, d] = cellFaces[face].map((corner) => (mask >> corner) & 1)
  return a === c && b === d && a !== b
}

const known = new Map<number, CellPatches>()

/**
 * @param mask bit c is set where corner c is inside
 * @param joined bit f is set where, on an ambiguous face f, the inside is joined across; it is parted on the others
 */
export function cellPatches(mask: number, joined = 0): CellPatches {
  const key = mask | (joined << 8)
  const found = known.get(key) ?? patchesOf(mask, joined)
  known.set(key, found)
  return found
}

const tunnels = new Int16Array(256).fill(-1)

/** Bit f is set where both lines in which the surface crosses the ambiguous face f belong to one patch. */
export function tunnelFaces(mask: number): number {
  if (tunnels[mask] < 0) {
    const { patchOfEdge } = cellPatches(mask)
    tunnels[mask] = cellFaces.reduce((found, circle, face) => {
      const patches = new Set(circle.map((corner, n) => patchOfEdge[between(corner, circle[(n + 1) % 4])]))
      return isAmbiguous(mask, face) && patches.size === 1 ? found | (1 << face) : found
    }, 0)
  }
  return tunnels[mask]
}

function patchesOf(mask: number, joined: number): CellPatches {
  const inside = (corner: number): boolean => ((mask >> corner) & 1) === 1
  // Union of edges that the surface links on a face.
  const root = edges.map((_, n) => n)
  const rootOf = (n: number): number => (root[n] === n ? n : rootOf(root[n]))
  const link = (a: number, b: number): void => void (root[rootOf(a)] = rootOf(b))
  cellFaces.forEach((circle, face) => {
    const sides = circle.map((corner, n) => between(corner, circle[(n + 1) % 4]))
    if (isAmbiguous(mask, face)) {
      // Around the corners inside where the inside is parted, else around those outside.
      circle.forEach((corner, n) => {
        if (inside(corner) !== ((joined >> face) & 1) > 0) link(sides[n], sides[(n + 3) % 4])
      })
      return
    }
    const crossed = sides.filter((edge) => inside(edges[edge][0]) !== inside(edges[edge][1]))
    if (crossed.length === 2) link(crossed[0], crossed[1])
  })
  const patchOfEdge = new Int8Array(edges.length).fill(-1)
  const roots: number[] = []
  const members: number[][] = []
  edges.forEach(([from, to], edge) => {
    if (inside(from) === inside(to)) return
    const at = rootOf(edge)
    if (!roots.includes(at)) {
      roots.push(at)
      members.push([])
    }
    patchOfEdge[edge] = roots.indexOf(at)
    members[roots.indexOf(at)].push(edge)
  })
  return { patchOfEdge, means: members.map(meanOf) }
}

function between(a: number, b: number): number {
  return cellEdge(Math.min(a, b), Math.log2(Math.abs(a - b)))
}

function meanOf(crossed: readonly number[]): Vec3 {
  const along = (bit: number): number =>
    crossed.reduce((sum, edge) => sum + (((edges[edge][0] >> bit) & 1) + ((edges[edge][1] >> bit) & 1)) / 2, 0) /
    crossed.length
  return [along(0), along(1), along(2)]
}
