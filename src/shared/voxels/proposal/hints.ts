import type { Vec3 } from '../../geometry/affine'
import type { Box } from '../box'
import type { Grain } from './clickPatch'

/** What the reader has said about a structure, in voxels of the image. */
export interface Hints {
  readonly inside: readonly Vec3[]
  readonly outside: readonly Vec3[]
  /** Boxes one voxel thick, each on a slice: the structure leaves none of them on its slice. */
  readonly boxes: readonly Box[]
}

/** A block of the image with what is known about it; voxels are `[i + nx * (j + ny * k)]` of the block. */
export interface ProposalInput extends Hints {
  /** HU, or whatever an MR has. */
  readonly image: Int16Array
  readonly size: Vec3
  readonly spacing: Vec3
  /** Of the whole image. */
  readonly grain: Grain
  /** The structure as it is now, 1 inside; null where the proposal begins from nothing. */
  readonly prior: Uint8Array | null
  /** The proposal before the newest mark, 1 inside; null where the proposal is made anew. */
  readonly before: Uint8Array | null
  /** The voxels of the newest mark, which alone changes what was proposed before; none where it is a box. */
  readonly newest: { readonly inside: boolean; readonly points: readonly Vec3[] }
  /** 1 where the structure may not be, as other structures are locked there; null where it may be anywhere. */
  readonly blocked: Uint8Array | null
}

/** The axis that a box is one voxel thick along. */
export function flatAxis({ low, high }: Box): 0 | 1 | 2 {
  return high[2] - low[2] === 1 ? 2 : high[1] - low[1] === 1 ? 1 : 0
}

/** Points just beside a box, on its slice: corners and middles of the sides. They may lie outside the image. */
export function aroundBox(box: Box): Vec3[] {
  const flat = flatAxis(box)
  const [a, b] = ([0, 1, 2] as const).filter((axis) => axis !== flat)
  const along = (axis: 0 | 1 | 2): number[] => {
    return [box.low[axis] - 1, Math.floor((box.low[axis] + box.high[axis] - 1) / 2), box.high[axis]]
  }
  return along(a).flatMap((u) =>
    along(b).flatMap((v): Vec3[] => {
      const point: [number, number, number] = [...box.low]
      point[a] = u
      point[b] = v
      const centre = u === along(a)[1] && v === along(b)[1]
      return centre ? [] : [point]
    }),
  )
}

export function centreOfBox({ low, high }: Box): Vec3 {
  const middle = (axis: 0 | 1 | 2): number => Math.floor((low[axis] + high[axis] - 1) / 2)
  return [middle(0), middle(1), middle(2)]
}
