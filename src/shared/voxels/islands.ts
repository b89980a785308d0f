import type { Vec3 } from '../geometry/affine'
import { findComponents, type Components } from './components'
import { inverted } from './mask'

/** The components for which `keep` holds; `rank` 0 is the largest. */
function kept({ start, length, component, sizes }: Components, total: number, keep: (rank: number) => boolean) {
  const out = new Uint8Array(total)
  const wanted = sizes.map((_, rank) => keep(rank))
  for (let r = 0; r < start.length; r++) if (wanted[component[r]]) out.fill(1, start[r], start[r] + length[r])
  return out
}

/** Removes islands of fewer than `voxels` voxels. */
export function withoutSmall(mask: Uint8Array, size: Vec3, voxels: number): Uint8Array {
  const found = findComponents(mask, size)
  return kept(found, mask.length, (rank) => found.sizes[rank] >= voxels)
}

/** Only the island that the voxel at linear index `at` belongs to; nothing where that voxel is outside. */
export function islandAt(mask: Uint8Array, size: Vec3, at: number): Uint8Array {
  const found = findComponents(mask, size)
  let here = -1
  for (let r = 0; r < found.start.length && here < 0; r++) {
    if (at >= found.start[r] && at < found.start[r] + found.length[r]) here = found.component[r]
  }
  return kept(found, mask.length, (rank) => rank === here)
}

/** All islands but the largest become another value: what was merged by mistake is two structures again. */
export function withIslandsSplitOff(labels: Uint8Array, size: Vec3, value: number, other: number): Uint8Array {
  const { start, length, component } = findComponents(labels, size, { label: value })
  const out = labels.slice()
  for (let r = 0; r < start.length; r++) if (component[r] > 0) out.fill(other, start[r], start[r] + length[r])
  return out
}

/** Fills every cavity: background that no path over voxel faces leads out of. */
export function withoutHoles(mask: Uint8Array, size: Vec3): Uint8Array {
  const [nx, ny, nz] = size
  const background = inverted(mask)
  const found = findComponents(background, size, { connectivity: 6 })
  const open = new Set<number>()
  found.start.forEach((start, r) => {
    const i = start % nx
    const row = (start - i) / nx
    const j = row % ny
    const k = (row - j) / ny
    const touches = i === 0 || i + found.length[r] === nx || j === 0 || j === ny - 1 || k === 0 || k === nz - 1
    if (touches) open.add(found.component[r])
  })
  const outside = kept(found, mask.length, (rank) => open.has(rank))
  return inverted(outside)
}
