import type { Vec3 } from '../../shared/geometry/affine'
import { boxSize, type Box } from '../../shared/voxels/box'
import { islandAt } from '../../shared/voxels/islands'
import type { Mask } from '../../shared/voxels/mask'
import { boxOfGently, croppedGently } from './blocks'
import { Breath } from './breath'
import { cutOut, type ScreenCut } from './screenCut'

/** What is done at once, without a preview, to the structure or the island that the reader points at. */
export const deedIds = ['island-keep', 'island-remove', 'island-take', 'structure-take', 'cut'] as const
export type DeedId = (typeof deedIds)[number]

/** A block around a structure, and where in it a deed is done. */
export interface DeedInput {
  readonly deed: DeedId
  readonly value: number
  /** The voxel pointed at, in the block; null for a cut. */
  readonly at: Vec3 | null
  readonly cut: ScreenCut | null
  readonly box: Box
  readonly labels: Uint8Array
}

/** The block that a deed needs, cut out while the window goes on; null where the structure has no voxels. */
export async function deedInput(
  deed: DeedId,
  value: number,
  where: { readonly voxel: Vec3 } | { readonly cut: ScreenCut },
  { data, dims }: { readonly data: Uint8Array; readonly dims: Vec3 },
  breath = new Breath(),
): Promise<DeedInput | null> {
  const box = await boxOfGently(data, dims, value, breath)
  if (!box) return null
  const [i, j, k] = box.low
  const block = { deed, value, box, labels: await croppedGently(data, dims, box, breath) }
  if ('cut' in where) return { ...block, at: null, cut: where.cut }
  return { ...block, at: [where.voxel[0] - i, where.voxel[1] - j, where.voxel[2] - k], cut: null }
}

/** The voxels of the structure that a deed changes. */
export function runDeed({ deed, value, at, cut, box, labels }: DeedInput): Mask {
  const size = boxSize(box)
  const structure = labels.map((id) => (id === value ? 1 : 0))
  if (cut) return { box, voxels: cutOut(structure, box, cut) }
  if (deed === 'structure-take' || at === null) return { box, voxels: structure }
  const island = islandAt(structure, size, at[0] + size[0] * (at[1] + size[1] * at[2]))
  if (deed !== 'island-keep') return { box, voxels: island }
  return { box, voxels: structure.map((inside, n) => inside & (1 - island[n])) }
}
