import type { Vec3 } from '../../shared/geometry/affine'
import { SLICE_TYPE } from '@niivue/niivue'
import { inPlane, type Plane } from '../editor/brush'
import { planes, type TiledNiivue } from './tiledNiivue'

/** One plane as it was drawn last: where a voxel lies in CSS pixels from the canvas's corner. */
export interface Pane {
  readonly plane: Plane
  /** Whether it shows the other picture. */
  readonly other: boolean
  /** Left, top, width, height. */
  readonly rect: readonly [number, number, number, number]
  readonly toScreen: (point: Vec3) => readonly [x: number, y: number]
}

/** The planes as NiiVue drew them last. */
export function panesOf(nv: TiledNiivue, dims: Vec3, pixelRatio: number): Pane[] {
  return nv.screenSlices.flatMap(({ axCorSag, leftTopWidthHeight }, index): Pane[] => {
    if (axCorSag > SLICE_TYPE.SAGITTAL) return []
    const [left, top, width, height] = leftTopWidthHeight
    // Screen to voxel runs straight along each axis: two points tell it whole.
    const voxelAt = (share: number): number[] => {
      const frac = nv.screenXY2TextureFrac(left + share * width, top + share * height, index, false)
      return [0, 1, 2].map((axis) => frac[axis] * dims[axis] - 0.5)
    }
    const [from, to] = [voxelAt(0.25), voxelAt(0.75)]
    const [across, up] = inPlane[planes[axCorSag]]
    // A tile without a size, while the stage is out of sight, tells nothing.
    const told = (axis: number): boolean => Math.abs(to[axis] - from[axis]) > 0
    if (!told(across) || !told(up)) return []
    const along = (point: Vec3, axis: number): number =>
      0.25 + (0.5 * (point[axis] - from[axis])) / (to[axis] - from[axis])
    return [
      {
        plane: planes[axCorSag],
        other: nv.others[index] ?? false,
        rect: [left / pixelRatio, top / pixelRatio, width / pixelRatio, height / pixelRatio],
        toScreen: (point) => [
          (left + along(point, across) * width) / pixelRatio,
          (top + along(point, up) * height) / pixelRatio,
        ],
      },
    ]
  })
}
