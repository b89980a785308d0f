import type { Vec3 } from '../../geometry/affine'
import { boxOf, boxSize, cropped, growBox } from '../box'
import { squaredDistanceTo } from '../distance'
import { nearestMm } from './evidence'
import type { ProposalInput } from './hints'

/** How far a mark changes what was proposed before, in depths of its point in what is wrong there. */
const reach = 2.5
/** Within this share of that depth the mark is right whatever the new proposal says. */
const least = 0.7
const mostMm = 25

/** The proposal before, with what the newest mark changes of it. */
export function merged(before: Uint8Array, after: Uint8Array, input: ProposalInput): Uint8Array {
  const { size, spacing, newest, inside, outside } = input
  const out = before.slice()
  for (const at of newest.points) {
    const others = nearestMm(at, newest.inside ? outside : inside, spacing)
    const depth = Math.min(mostMm, depthOf(out, size, spacing, at, newest.inside ? 1 : 0), 0.7 * others)
    mergeChange(out, after, size, spacing, {
      at,
      inside: newest.inside,
      reachMm: reach * depth,
      leastMm: least * depth,
    })
  }
  return out
}

/** mm from a voxel to the nearest that has a value; at most a little more than `mostMm`. */
function depthOf(mask: Uint8Array, size: Vec3, spacing: Vec3, at: Vec3, value: number): number {
  const margin = (axis: 0 | 1 | 2): number => Math.ceil(mostMm / spacing[axis])
  const here = { low: at, high: [at[0] + 1, at[1] + 1, at[2] + 1] } as const
  const box = growBox(here, [margin(0), margin(1), margin(2)], size)
  const sites = cropped(mask, size, box).map((v) => (v === value ? 1 : 0))
  if (!boxOf(sites, boxSize(box))) return mostMm
  const [nx, ny] = boxSize(box)
  const [i, j, k] = [at[0] - box.low[0], at[1] - box.low[1], at[2] - box.low[2]]
  return Math.sqrt(squaredDistanceTo(sites, boxSize(box), spacing)[i + nx * (j + ny * k)])
}

/**
 * What a further hint changes: of all that a new proposal does otherwise than the one before, only what hangs together
 * with the hint and lies within its reach (progressive merge: Chen et al., FocalClick, CVPR 2022). So every hint mends
 * the place that it was given at, and leaves alone what was right elsewhere.
 * @param before 1 inside, changed in place
 * @param inside whether the hint says that the structure is there
 */
function mergeChange(
  before: Uint8Array,
  after: Uint8Array,
  size: Vec3,
  spacing: Vec3,
  hint: { readonly at: Vec3; readonly inside: boolean; readonly reachMm: number; readonly leastMm: number },
): void {
  const { at, inside, reachMm, leastMm } = hint
  const [nx, ny, nz] = size
  const value = inside ? 1 : 0
  const start = at[0] + nx * (at[1] + ny * at[2])
  const seen = new Uint8Array(before.length)
  const stack = [start]
  seen[start] = 1
  const squared = (n: number): number => {
    const dx = ((n % nx) - at[0]) * spacing[0]
    const dy = ((Math.floor(n / nx) % ny) - at[1]) * spacing[1]
    const dz = (Math.floor(n / nx / ny) - at[2]) * spacing[2]
    return dx * dx + dy * dy + dz * dz
  }
  const steps = [1, -1, nx, -nx, nx * ny, -nx * ny]
  for (let n = stack.pop(); n !== undefined; n = stack.pop()) {
    before[n] = value
    const [i, j, k] = [n % nx, Math.floor(n / nx) % ny, Math.floor(n / nx / ny)]
    const open = [i < nx - 1, i > 0, j < ny - 1, j > 0, k < nz - 1, k > 0]
    for (let s = 0; s < 6; s++) {
      if (!open[s]) continue
      const m = n + steps[s]
      if (seen[m] || before[m] === value) continue
      const away = squared(m)
      if (away > reachMm * reachMm) continue
      if (after[m] !== value && away > leastMm * leastMm) continue
      seen[m] = 1
      stack.push(m)
    }
  }
}
