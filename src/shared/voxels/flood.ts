import type { Vec3 } from '../geometry/affine'
import { boxOf, boxSize, cropped, type Box } from './box'
import type { Mask } from './mask'

/** What a flood may enter. */
export interface Bounds {
  /** HU, both ends inside. */
  readonly range: readonly [low: number, high: number]
  /** Which label values it may cover: 1 yes, 0 no. */
  readonly enterable: Uint8Array
  /** It stays in here. */
  readonly box: Box
}

/**
 * The voxels that can be reached from a seed over voxel faces without leaving the bounds; null where the seed itself is
 * outside them.
 * @param image HU and `labels` ids on the grid of `dims`
 */
export function floodFrom(seed: Vec3, image: Int16Array, labels: Uint8Array, dims: Vec3, bounds: Bounds): Mask | null {
  const { box, range, enterable } = bounds
  const size = boxSize(box)
  const [nx, ny, nz] = size
  const at = seed.map((n, axis) => n - box.low[axis])
  if (at.some((n, axis) => n < 0 || n >= size[axis])) return null
  const open = new Uint8Array(nx * ny * nz)
  const hu = cropped(image, dims, box)
  const under = cropped(labels, dims, box)
  for (let n = 0; n < open.length; n++) {
    open[n] = hu[n] >= range[0] && hu[n] <= range[1] && enterable[under[n]] === 1 ? 1 : 0
  }
  const start = at[0] + nx * (at[1] + ny * at[2])
  if (!open[start]) return null
  const reached = spread(open, size, start, new Uint8Array(open.length))
  const tight = boxOf(reached, size)!
  const [i, j, k] = box.low
  const placed: Box = {
    low: [tight.low[0] + i, tight.low[1] + j, tight.low[2] + k],
    high: [tight.high[0] + i, tight.high[1] + j, tight.high[2] + k],
  }
  return { box: placed, voxels: cropped(reached, size, tight) }
}

/**
 * Scan-line flood over voxel faces: a stack of places to start a row from, each row filled as a whole. Takes what it reaches
 * out of `open` and marks it in `reached`, which it returns.
 */
export function spread(open: Uint8Array, [nx, ny, nz]: Vec3, start: number, reached: Uint8Array): Uint8Array {
  const stack = [start]
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    if (!open[at]) continue
    const row = at - (at % nx)
    let first = at
    while (first > row && open[first - 1]) first--
    let end = at + 1
    while (end < row + nx && open[end]) end++
    open.fill(0, first, end)
    reached.fill(1, first, end)
    const j = (row / nx) % ny
    const k = Math.floor(row / nx / ny)
    if (j > 0) seedRuns(open, first - nx, end - nx, stack)
    if (j < ny - 1) seedRuns(open, first + nx, end + nx, stack)
    if (k > 0) seedRuns(open, first - nx * ny, end - nx * ny, stack)
    if (k < nz - 1) seedRuns(open, first + nx * ny, end + nx * ny, stack)
  }
  return reached
}

/** One place to start from for each run of open voxels in [from, to). */
function seedRuns(open: Uint8Array, from: number, to: number, stack: number[]): void {
  for (let n = from; n < to; n++) if (open[n] && (n === from || !open[n - 1])) stack.push(n)
}
