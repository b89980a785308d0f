import type { Frame, Instance } from './instance'
import { cross, dot } from './vector'

/** One plane of a volume to be: a frame and the file that holds it. */
export interface Slice {
  readonly instance: Instance
  readonly frame: Frame
}

/** Slices whose planes are nearer than this, mm, lie at the same place. */
export const SAME_PLACE = 0.01

/** Distance of a slice along its normal, mm. */
export function heightOf({ frame }: Slice): number {
  return dot(frame.position, cross(frame.orientation[0], frame.orientation[1]))
}
