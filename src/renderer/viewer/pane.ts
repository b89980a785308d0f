import type { Vec3 } from '../../shared/geometry/affine'
import type { Plane } from '../editor/brush'

/** One plane as it was drawn last: where a voxel lies in CSS pixels from the canvas's corner. */
export interface Pane {
  readonly plane: Plane
  /** Whether it shows the other picture. */
  readonly other: boolean
  /** Left, top, width, height. */
  readonly rect: readonly [number, number, number, number]
  readonly toScreen: (point: Vec3) => readonly [x: number, y: number]
}
