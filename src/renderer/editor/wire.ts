import type { Vec3 } from '../../shared/geometry/affine'
import { growBox, type Box } from '../../shared/voxels/box'
import { Livewire } from '../../shared/voxels/livewire'
import { inPlane, sliceAxis, type Plane } from './brush'

/** A livewire sees the image this far around its start, voxels: enough for a leg, and worked out within a frame. */
const sight = 110

/** Ways along the edges of one slice of a CT, from a start; in voxel coordinates of the volume. */
export class SliceWire {
  private readonly livewire: Livewire
  private readonly box: Box

  /** @param start a voxel of the volume */
  constructor(
    image: Int16Array,
    dims: Vec3,
    spacing: Vec3,
    private readonly plane: Plane,
    start: Vec3,
  ) {
    const flat = sliceAxis[plane]
    const around = (axis: 0 | 1 | 2): number => (axis === flat ? 0 : sight)
    const [i, j, k] = start
    this.box = growBox({ low: start, high: [i + 1, j + 1, k + 1] }, [around(0), around(1), around(2)], dims)
    const [a, b] = inPlane[plane]
    const { low, high } = this.box
    const [width, height] = [high[a] - low[a], high[b] - low[b]]
    const values = new Int16Array(width * height)
    const stride = [1, dims[0], dims[0] * dims[1]]
    const corner = low[0] + dims[0] * (low[1] + dims[1] * low[2])
    for (let y = 0, at = 0; y < height; y++) {
      for (let x = 0; x < width; x++, at++) values[at] = image[corner + x * stride[a] + y * stride[b]]
    }
    const picture = { width, height, spacing: [spacing[a], spacing[b]], values } as const
    this.livewire = new Livewire(picture, [start[a] - low[a], start[b] - low[b]])
  }

  /** The voxels on the way to a point of the slice, which ends it; straight on where the wire does not see so far. */
  to(point: Vec3): Vec3[] {
    const [a, b] = inPlane[this.plane]
    const { low, high } = this.box
    const within = (axis: 0 | 1 | 2): number => Math.min(high[axis] - 1, Math.max(low[axis], Math.round(point[axis])))
    const seen: Vec3 = [within(0), within(1), within(2)]
    const flat = sliceAxis[this.plane]
    const path = this.livewire.pathTo([seen[a] - low[a], seen[b] - low[b]]).map(([x, y]): Vec3 => {
      const at = (axis: 0 | 1 | 2): number => (axis === flat ? low[axis] : low[axis] + (axis === a ? x : y))
      return [at(0), at(1), at(2)]
    })
    return [...path, point]
  }
}
