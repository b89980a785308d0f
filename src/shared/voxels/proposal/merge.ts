import type { Vec3 } from '../../geometry/affine'
import { boxOf, boxSize, cropped, growBox, unionOf, type Box } from '../box'
import { squaredDistanceTo } from '../distance'
import type { ProposalInput } from './hints'
import { nearestMm, squaredMm } from './nearest'

/** How far a mark changes what was proposed before, in depths of its point in what is wrong there. */
const reach = 4
/** Within this share of that depth the mark is right whatever the new proposal says. */
const least = 0.5
const mostMm = 25

/** How deep the newest points lie in what they say is wrong, mm: the deepest of them. */
export function newestDepth(before: Uint8Array, input: ProposalInput): number {
  return Math.max(...depthsOf(before, input))
}

function depthsOf(before: Uint8Array, { size, spacing, newest, inside, outside }: ProposalInput): number[] {
  const others = newest.inside ? outside : inside
  const finest = Math.min(...spacing)
  return newest.points.map((at) => {
    const depth = depthOf(before, size, spacing, at, newest.inside ? 1 : 0)
    return Math.max(finest, Math.min(depth, 0.7 * nearestMm(at, others, spacing)))
  })
}

/** mm from a voxel to the nearest that has a value; at most `mostMm`. */
function depthOf(mask: Uint8Array, size: Vec3, spacing: Vec3, at: Vec3, value: number): number {
  const box = around(at, mostMm, size, spacing)
  const sites = cropped(mask, size, box).map((v) => (v === value ? 1 : 0))
  if (!boxOf(sites, boxSize(box))) return mostMm
  const [nx, ny] = boxSize(box)
  const [i, j, k] = [at[0] - box.low[0], at[1] - box.low[1], at[2] - box.low[2]]
  return Math.min(mostMm, Math.sqrt(squaredDistanceTo(sites, boxSize(box), spacing)[i + nx * (j + ny * k)]))
}

function around([i, j, k]: Vec3, mm: number, size: Vec3, spacing: Vec3): Box {
  const margin = (axis: 0 | 1 | 2): number => Math.ceil(mm / spacing[axis])
  return growBox({ low: [i, j, k], high: [i + 1, j + 1, k + 1] }, [margin(0), margin(1), margin(2)], size)
}

/**
 * The proposal before, with what the newest mark changes of it: of all that a new proposal does otherwise, only what the
 * mark says (more where it is inside, less where it is outside), hangs together with its points and lies within their
 * reach (progressive merge: Chen et al., FocalClick, CVPR 2022). So every mark mends the place that it was given at, and
 * leaves alone what was right elsewhere.
 */
export function merged(before: Uint8Array, after: Uint8Array, input: ProposalInput): Uint8Array {
  const { size, spacing, newest } = input
  const value = newest.inside ? 1 : 0
  const depths = depthsOf(before, input)
  const reaches = newest.points.map((at, p) => around(at, reach * depths[p], size, spacing))
  const box = reaches.reduce<Box | null>((all, one) => unionOf(all, one), null)
  if (!box) return before
  /** Of each voxel: 1 may change, 2 changes. */
  const may = new Uint8Array(before.length)
  newest.points.forEach((at, p) => {
    const [far, near] = [(reach * depths[p]) ** 2, (least * depths[p]) ** 2]
    eachVoxel(reaches[p], size, (n, place) => {
      if (before[n] === value) return
      const away = squaredMm(at, place, spacing)
      if (away <= near || (away <= far && after[n] === value)) may[n] = 1
    })
  })
  const out = before.slice()
  const [nx, ny, nz] = size
  const stack = newest.points.map(([i, j, k]) => i + nx * (j + ny * k))
  for (let n = stack.pop(); n !== undefined; n = stack.pop()) {
    may[n] = 2
    out[n] = value
    const [i, j, k] = [n % nx, Math.floor(n / nx) % ny, Math.floor(n / nx / ny)]
    if (i > 0 && may[n - 1] === 1) stack.push(n - 1)
    if (i < nx - 1 && may[n + 1] === 1) stack.push(n + 1)
    if (j > 0 && may[n - nx] === 1) stack.push(n - nx)
    if (j < ny - 1 && may[n + nx] === 1) stack.push(n + nx)
    if (k > 0 && may[n - nx * ny] === 1) stack.push(n - nx * ny)
    if (k < nz - 1 && may[n + nx * ny] === 1) stack.push(n + nx * ny)
  }
  return out
}

function eachVoxel({ low, high }: Box, [nx, ny]: Vec3, visit: (n: number, at: Vec3) => void): void {
  for (let k = low[2]; k < high[2]; k++) {
    for (let j = low[1]; j < high[1]; j++) {
      for (let i = low[0]; i < high[0]; i++) visit(i + nx * (j + ny * k), [i, j, k])
    }
  }
}
