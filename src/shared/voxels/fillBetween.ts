import type { Vec3 } from '../geometry/affine'
import { boxOf } from './box'
import { squaredDistanceTo } from './distance'
import { inverted } from './mask'

/**
 * Fills the empty slices between drawn ones: each gap takes its shape from the drawn slices on both sides, whose signed
 * distances (mm) are blended in the proportion of the way, both moved so that their centres lie on the line between them
 * (shape-based interpolation; Raya and Udupa, IEEE TMI 9:32, 1990). Whether the slices are axial, coronal or sagittal is
 * seen from which are empty.
 * @param mask one structure on a block
 * @returns the mask with its gaps filled; drawn slices stay as they are
 */
export function filledBetween(mask: Uint8Array, size: Vec3, spacing: Vec3): Uint8Array {
  const axis = gapAxis(mask, size)
  if (axis === null) return mask.slice()
  const order = orders[axis]
  const turned = turn(mask, size, order)
  const pick = (from: Vec3): Vec3 => [from[order[0]], from[order[1]], from[order[2]]]
  const filled = filledAlongK(turned, pick(size), pick(spacing))
  return axis === 2 ? filled : turnBack(filled, size, order)
}

/** For slices across each axis: the voxel axes in a slice, in memory order, and the one across. */
const orders = [
  [1, 2, 0],
  [0, 2, 1],
  [0, 1, 2],
] as const
type Order = (typeof orders)[number]

/** The axis across which the drawn slices lie, with empty ones between; null where no slice between is empty. */
function gapAxis(mask: Uint8Array, size: Vec3): 0 | 1 | 2 | null {
  const [nx, ny, nz] = size
  const drawn = [new Uint8Array(nx), new Uint8Array(ny), new Uint8Array(nz)]
  for (let at = mask.indexOf(1); at >= 0; at = mask.indexOf(1, at + 1)) {
    const row = Math.floor(at / nx)
    drawn[1][row % ny] = 1
    drawn[2][Math.floor(row / ny)] = 1
    // Along the row the rest is looked at here, not by another search.
    for (const end = (row + 1) * nx; at < end; at++) drawn[0][at - row * nx] |= mask[at]
    at--
  }
  // Drawn slices are thin; two islands leave a gap too, but between thick parts.
  const thickness = drawn.map((slices) => {
    const between = slices.subarray(slices.indexOf(1), slices.lastIndexOf(1) + 1)
    const runs = between.reduce((count, value, n) => count + (value === 1 && between[n + 1] !== 1 ? 1 : 0), 0)
    return runs > 1 ? between.reduce((sum, value) => sum + value, 0) / runs : Infinity
  })
  const thinnest = Math.min(...thickness)
  return Number.isFinite(thinnest) ? ([2, 1, 0] as const).find((axis) => thickness[axis] === thinnest)! : null
}

/** The block with its axes in another order. */
function turn(mask: Uint8Array, size: Vec3, order: Order): Uint8Array {
  if (order[2] === 2) return mask
  const out = new Uint8Array(mask.length)
  eachVoxel(size, order, (there, here) => (out[there] = mask[here]))
  return out
}

function turnBack(turned: Uint8Array, size: Vec3, order: Order): Uint8Array {
  const out = new Uint8Array(turned.length)
  eachVoxel(size, order, (there, here) => (out[here] = turned[there]))
  return out
}

/** Calls with each voxel's index in the turned block and in the block itself. */
function eachVoxel(size: Vec3, order: Order, put: (there: number, here: number) => void): void {
  const stride = [1, size[0], size[0] * size[1]]
  const [a, b, c] = order
  for (let z = 0, there = 0; z < size[c]; z++) {
    for (let y = 0; y < size[b]; y++) {
      const row = y * stride[b] + z * stride[c]
      for (let x = 0; x < size[a]; x++, there++) put(there, row + x * stride[a])
    }
  }
}

function filledAlongK(mask: Uint8Array, [nx, ny, nz]: Vec3, spacing: Vec3): Uint8Array {
  const area = nx * ny
  const slice = (k: number): Uint8Array => mask.subarray(k * area, (k + 1) * area)
  const drawn = Array.from({ length: nz }, (_, k) => k).filter((k) => slice(k).includes(1))
  const out = mask.slice()
  let before: Shape | null = null
  for (let n = 0; n + 1 < drawn.length; n++) {
    const [low, high] = [drawn[n], drawn[n + 1]]
    if (high - low < 2) {
      before = null
      continue
    }
    const a: Shape = before ?? shapeOf(slice(low), nx, ny, spacing)
    const b = shapeOf(slice(high), nx, ny, spacing)
    for (let k = low + 1; k < high; k++) blend(a, b, (k - low) / (high - low), out.subarray(k * area, (k + 1) * area))
    before = b
  }
  return out
}

interface Shape {
  readonly nx: number
  readonly ny: number
  /** mm to the outline: positive inside. */
  readonly depth: Float32Array
  readonly centre: readonly [number, number]
  /** Around the inside, pixels. */
  readonly low: Vec3
  readonly high: Vec3
}

function shapeOf(mask: Uint8Array, nx: number, ny: number, spacing: Vec3): Shape {
  const size: Vec3 = [nx, ny, 1]
  const toInside = squaredDistanceTo(mask, size, spacing)
  const toOutside = squaredDistanceTo(inverted(mask), size, spacing)
  const { low, high } = boxOf(mask, size, 1)!
  const depth = new Float32Array(mask.length)
  let [x, y, count] = [0, 0, 0]
  for (let j = 0, at = 0; j < ny; j++) {
    for (let i = 0; i < nx; i++, at++) {
      // A shape that fills the slice is nowhere near an outside.
      if (mask[at] === 0) depth[at] = -Math.sqrt(toInside[at])
      else {
        depth[at] = Math.min(Math.sqrt(toOutside[at]), 1e6)
        x += i
        y += j
        count++
      }
    }
  }
  return { nx, ny, depth, centre: [x / count, y / count], low, high }
}

/** Writes the shape that lies `share` of the way from a to b, into an empty slice. */
function blend(a: Shape, b: Shape, share: number, out: Uint8Array): void {
  const { nx, ny } = a
  const [dx, dy] = [b.centre[0] - a.centre[0], b.centre[1] - a.centre[1]]
  const first = moved(a, -share * dx, -share * dy)
  const second = moved(b, (1 - share) * dx, (1 - share) * dy)
  // Inside the blend is only what is inside one of the two where they were moved to.
  const reach = (axis: 0 | 1, n: number, d: number): readonly [number, number] => [
    Math.max(0, Math.floor(Math.min(a.low[axis] + share * d, b.low[axis] - (1 - share) * d)) - 1),
    Math.min(n, Math.ceil(Math.max(a.high[axis] + share * d, b.high[axis] - (1 - share) * d)) + 1),
  ]
  const [i0, i1] = reach(0, nx, dx)
  const [j0, j1] = reach(1, ny, dy)
  const [rowA, rowB] = [new Float64Array(nx), new Float64Array(nx)]
  for (let j = j0; j < j1; j++) {
    first(j, i0, i1, rowA)
    second(j, i0, i1, rowB)
    for (let i = i0; i < i1; i++) out[i + nx * j] = (1 - share) * rowA[i] + share * rowB[i] > 0 ? 1 : 0
  }
}

/** Reads depths at pixels moved by (x, y), a row at a time: bilinear, with the same weights everywhere. */
function moved({ nx, ny, depth }: Shape, x: number, y: number) {
  const [wholeX, wholeY] = [Math.floor(x), Math.floor(y)]
  const [u, v] = [x - wholeX, y - wholeY]
  // Beyond the slice its edge goes on.
  const within = (at: number, n: number): number => (at < 0 ? 0 : at >= n ? n - 1 : at)
  return (j: number, from: number, to: number, row: Float64Array): void => {
    const top = nx * within(j + wholeY, ny)
    const bottom = nx * within(j + wholeY + 1, ny)
    let left = within(from + wholeX, nx)
    let value = depth[top + left] * (1 - v) + depth[bottom + left] * v
    for (let i = from; i < to; i++) {
      left = within(i + wholeX + 1, nx)
      const next = depth[top + left] * (1 - v) + depth[bottom + left] * v
      row[i] = value * (1 - u) + next * u
      value = next
    }
  }
}
