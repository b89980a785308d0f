import type { Vec3 } from '../geometry/affine'
import { squaredDistanceTo } from './distance'
import { inverted } from './mask'

/**
 * Fills the empty slices between drawn ones, along the third axis: each gap takes its shape from the drawn slices on
 * both sides, whose signed distances (mm) are blended in the proportion of the way, both moved so that their centres lie
 * on the line between them (shape-based interpolation; Raya and Udupa, IEEE TMI 9:32, 1990).
 * @param mask one structure on a block; turn it so that the slices are stacked along k
 * @returns the mask with its gaps filled; drawn slices stay as they are
 */
export function filledBetween(mask: Uint8Array, size: Vec3, spacing: Vec3): Uint8Array {
  const [nx, ny, nz] = size
  const area = nx * ny
  const slice = (k: number): Uint8Array => mask.subarray(k * area, (k + 1) * area)
  const drawn = Array.from({ length: nz }, (_, k) => k).filter((k) => slice(k).includes(1))
  const out = mask.slice()
  for (let n = 0; n + 1 < drawn.length; n++) {
    const [low, high] = [drawn[n], drawn[n + 1]]
    if (high - low < 2) continue
    const [a, b] = [shapeOf(slice(low), nx, ny, spacing), shapeOf(slice(high), nx, ny, spacing)]
    for (let k = low + 1; k < high; k++) blend(a, b, (k - low) / (high - low), out.subarray(k * area, (k + 1) * area))
  }
  return out
}

interface Shape {
  readonly nx: number
  readonly ny: number
  /** mm to the outline: positive inside. */
  readonly depth: Float32Array
  readonly centre: readonly [number, number]
}

function shapeOf(mask: Uint8Array, nx: number, ny: number, spacing: Vec3): Shape {
  const size: Vec3 = [nx, ny, 1]
  const toInside = squaredDistanceTo(mask, size, spacing)
  const toOutside = squaredDistanceTo(inverted(mask), size, spacing)
  let [x, y, count] = [0, 0, 0]
  mask.forEach((value, at) => {
    if (value === 0) return
    x += at % nx
    y += Math.floor(at / nx)
    count++
  })
  // A shape that fills the slice is nowhere near an outside.
  const depth = Float32Array.from(toInside, (inside, at) => Math.min(Math.sqrt(toOutside[at]), 1e6) - Math.sqrt(inside))
  return { nx, ny, depth, centre: [x / count, y / count] }
}

/** Writes the shape that lies `share` of the way from a to b. */
function blend(a: Shape, b: Shape, share: number, out: Uint8Array): void {
  const [dx, dy] = [b.centre[0] - a.centre[0], b.centre[1] - a.centre[1]]
  for (let j = 0, at = 0; j < a.ny; j++) {
    for (let i = 0; i < a.nx; i++, at++) {
      const inA = depthAt(a, i - share * dx, j - share * dy)
      const inB = depthAt(b, i + (1 - share) * dx, j + (1 - share) * dy)
      out[at] = (1 - share) * inA + share * inB > 0 ? 1 : 0
    }
  }
}

/** Bilinear; beyond the slice its edge goes on. */
function depthAt({ nx, ny, depth }: Shape, x: number, y: number): number {
  const i = Math.min(nx - 1, Math.max(0, x))
  const j = Math.min(ny - 1, Math.max(0, y))
  const [i0, j0] = [Math.floor(i), Math.floor(j)]
  const [i1, j1] = [Math.min(nx - 1, i0 + 1), Math.min(ny - 1, j0 + 1)]
  const [u, v] = [i - i0, j - j0]
  const low = depth[i0 + nx * j0] * (1 - u) + depth[i1 + nx * j0] * u
  const high = depth[i0 + nx * j1] * (1 - u) + depth[i1 + nx * j1] * u
  return low * (1 - v) + high * v
}
