import type { Vec3 } from '../../geometry/affine'
import { boxSize, cropped, growBox, unionOf, type Box } from '../box'
import type { Mask } from '../mask'
import { clickPatch, grainOf } from './clickPatch'
import { aroundBox, centreOfBox, type Hints, type ProposalInput } from './hints'

/** So many marks make the proposal anew each time; what comes after mends it where it is. */
export const marksAnew = 1

/** How far a proposal looks beyond the hints, in radii of the widest click and in mm. */
const reachOf = (radiusMm: number): number => Math.min(120, Math.max(60, 8 * radiusMm))

/** A case's voxels, as far as a proposal needs them. */
export interface ProposalVolume {
  readonly image: Int16Array
  readonly labels: Uint8Array
  readonly dims: Vec3
  readonly spacing: Vec3
}

export interface ProposalTask {
  /** The structure's id. */
  readonly value: number
  /** Whether the proposal begins from the structure as it is, which then has voxels. */
  readonly fromMask: boolean
  /** What was proposed before the newest mark; null where the proposal is made anew. */
  readonly before: Mask | null
  readonly newest: ProposalInput['newest']
  /** Which label values may be overwritten: 1 yes, 0 no. */
  readonly writable: Uint8Array
}

/** The block of the volume that a proposal looks at; null where nothing was said that it could begin with. */
export function proposalBlock(
  volume: ProposalVolume,
  hints: Hints,
  task: ProposalTask,
): { readonly box: Box; readonly input: ProposalInput } | null {
  const { image, labels, dims, spacing } = volume
  const within = (point: Vec3): boolean => point.every((n, axis) => n >= 0 && n < dims[axis])
  const beside = hints.boxes.flatMap(aroundBox)
  // A box is meant to have the structure in its middle, as long as nothing else was said.
  const middles = hints.inside.length === 0 && !task.fromMask ? hints.boxes.map(centreOfBox) : []
  const inside = [...hints.inside, ...middles].filter(within)
  const outside = [...hints.outside, ...beside].filter(within)
  const grain = grainOf(image, dims, spacing, inside.length > 0 ? inside : outside)
  const radii = [...inside, ...outside].map((at) => clickPatch(image, dims, spacing, at, grain).radiusMm)
  let box: Box | null = null
  for (const [i, j, k] of [...inside, ...outside]) box = unionOf(box, { low: [i, j, k], high: [i + 1, j + 1, k + 1] })
  if (!box) return null
  const reach = reachOf(Math.max(...radii.slice(0, Math.max(1, inside.length))))
  const margin = (axis: 0 | 1 | 2): number => Math.ceil(reach / spacing[axis])
  box = unionOf(growBox(box, [margin(0), margin(1), margin(2)], dims), task.before?.box ?? null) ?? box
  const under = cropped(labels, dims, box)
  const prior = task.fromMask ? under.map((label) => (label === task.value ? 1 : 0)) : null
  const begun = prior?.includes(1) ?? false
  if (inside.length === 0 && !begun) return null
  const { low } = box
  const moved = ([i, j, k]: Vec3): Vec3 => [i - low[0], j - low[1], k - low[2]]
  const input: ProposalInput = {
    image: cropped(image, dims, box),
    grain,
    size: boxSize(box),
    spacing,
    prior: begun ? prior : null,
    before: task.before ? placed(task.before, box, prior) : begun ? prior : null,
    newest: { ...task.newest, points: task.newest.points.filter(within).map(moved) },
    blocked: under.map((label) => (label === task.value || task.writable[label] ? 0 : 1)),
    inside: inside.map(moved),
    outside: outside.map(moved),
    boxes: hints.boxes.map((b) => ({ low: moved(b.low), high: moved(b.high) })),
  }
  return { box, input }
}

/** An earlier proposal on a larger block; beyond its own it is the structure as it was. */
function placed({ box, voxels }: Mask, block: Box, around: Uint8Array | null): Uint8Array {
  const size = boxSize(block)
  const [nx, ny, nz] = boxSize(box)
  const out = around?.slice() ?? new Uint8Array(size[0] * size[1] * size[2])
  const start = box.low.map((n, axis) => n - block.low[axis])
  for (let k = 0, from = 0; k < nz; k++) {
    for (let j = 0; j < ny; j++, from += nx) {
      out.set(voxels.subarray(from, from + nx), start[0] + size[0] * (start[1] + j + size[1] * (start[2] + k)))
    }
  }
  return out
}
