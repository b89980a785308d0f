import type { Vec3 } from '../../src/shared/geometry/affine'
import { boxOf, boxSize, cropped, growBox, unionOf } from '../../src/shared/voxels/box'
import { findComponents } from '../../src/shared/voxels/components'
import { squaredDistanceTo } from '../../src/shared/voxels/distance'

/** The voxel of a region that lies deepest in it; of several the first. Null where it is empty. */
export function deepest(region: Uint8Array, dims: Vec3, spacing: Vec3): Vec3 | null {
  const tight = boxOf(region, dims)
  if (!tight) return null
  const box = growBox(tight, [1, 1, 1], dims)
  const size = boxSize(box)
  const outside = cropped(region, dims, box).map((voxel) => 1 - voxel)
  const depth = squaredDistanceTo(outside, size, spacing)
  let best = -1
  let at = 0
  for (let n = 0; n < depth.length; n++) {
    // A region that fills its whole block has no outside at all.
    if (depth[n] > best) [best, at] = [depth[n], n]
  }
  const i = at % size[0]
  const j = Math.floor(at / size[0]) % size[1]
  const k = Math.floor(at / size[0] / size[1])
  return [i + box.low[0], j + box.low[1], k + box.low[2]]
}

/** The next click of a reader who sees the proposal: the deepest point of the largest connected error. */
export function nextClick(
  proposal: Uint8Array,
  truth: Uint8Array,
  dims: Vec3,
  spacing: Vec3,
): { readonly at: Vec3; readonly inside: boolean } | null {
  const all = unionOf(boxOf(proposal, dims), boxOf(truth, dims))
  if (!all) return null
  const box = growBox(all, [1, 1, 1], dims)
  const size = boxSize(box)
  const [ours, right] = [cropped(proposal, dims, box), cropped(truth, dims, box)]
  const missed = largest(
    right.map((voxel, n) => (voxel && !ours[n] ? 1 : 0)),
    size,
  )
  const added = largest(
    ours.map((voxel, n) => (voxel && !right[n] ? 1 : 0)),
    size,
  )
  const inside = missed.voxels >= added.voxels
  const at = deepest((inside ? missed : added).mask, size, spacing)
  return at && { at: [at[0] + box.low[0], at[1] + box.low[1], at[2] + box.low[2]], inside }
}

function largest(mask: Uint8Array, dims: Vec3): { readonly voxels: number; readonly mask: Uint8Array } {
  const { sizes, start, length, component } = findComponents(mask, dims, { connectivity: 6 })
  const out = new Uint8Array(mask.length)
  for (let r = 0; r < start.length; r++) if (component[r] === 0) out.fill(1, start[r], start[r] + length[r])
  return { voxels: sizes[0] ?? 0, mask: out }
}

export function dsc(a: Uint8Array, b: Uint8Array): number {
  let both = 0
  let sum = 0
  for (let n = 0; n < a.length; n++) {
    both += a[n] & b[n]
    sum += a[n] + b[n]
  }
  return sum === 0 ? 1 : (2 * both) / sum
}
