import type { Vec3 } from '../../../shared/geometry/affine'
import type { Random } from '../../../shared/random'
import type { PreparedImage } from './images'
import { trilinear } from '../trilinear'

/**
 * A part of an image as a network is shown it: voxel p of the view lies at `start + step * p` in voxels of the image,
 * axis by axis, after `shift` moved p.
 */
export interface View {
  readonly start: Vec3
  readonly step: Vec3
  /** How far each voxel of the view is moved, in voxels of the view: all along i, then all along j, then all along k. */
  readonly shift?: Float32Array
}

type Axis = 0 | 1 | 2
export const axes: readonly Axis[] = [0, 1, 2]
const triple = (of: (axis: Axis) => number): Vec3 => [of(0), of(1), of(2)]

/** A view of `size` voxels at the image's own scale, anywhere in it; about it, where it is the larger. */
export function anywhere(dims: Vec3, size: Vec3, random: Random): View {
  const start = triple((axis) => {
    const room = dims[axis] - size[axis]
    return room >= 0 ? random.int(room + 1) : -random.int(1 - room)
  })
  return { start, step: [1, 1, 1] }
}

/**
 * Fills a view by trilinear interpolation, i fastest; what lies beyond the image gets its lowest value.
 * @param inside filled with 1 at voxels within the image, else 0
 */
export function sampleView(
  from: PreparedImage,
  [ni, nj, nk]: Vec3,
  { start, step, shift }: View,
  image: Float32Array,
  inside: Float32Array = new Float32Array(image.length),
): void {
  const [si, sj, sk] = from.dims
  const voxels = ni * nj * nk
  const { image: source, low } = from
  let to = 0
  for (let k = 0; k < nk; k++) {
    for (let j = 0; j < nj; j++) {
      for (let i = 0; i < ni; i++, to++) {
        const x = start[0] + step[0] * (shift ? i + shift[to] : i)
        const y = start[1] + step[1] * (shift ? j + shift[to + voxels] : j)
        const z = start[2] + step[2] * (shift ? k + shift[to + 2 * voxels] : k)
        if (!(x >= 0 && y >= 0 && z >= 0 && x <= si - 1 && y <= sj - 1 && z <= sk - 1)) {
          image[to] = low
          inside[to] = 0
          continue
        }
        image[to] = trilinear(source, from.dims, x, y, z)
        inside[to] = 1
      }
    }
  }
}

/** The number of the image's voxel that is nearest to each voxel of a view, -1 beyond the image. */
export function nearestVoxels(dims: Vec3, [ni, nj, nk]: Vec3, { start, step, shift }: View): Int32Array {
  const voxels = ni * nj * nk
  const nearest = new Int32Array(voxels)
  let to = 0
  for (let k = 0; k < nk; k++) {
    for (let j = 0; j < nj; j++) {
      for (let i = 0; i < ni; i++, to++) {
        const x = Math.round(start[0] + step[0] * (shift ? i + shift[to] : i))
        const y = Math.round(start[1] + step[1] * (shift ? j + shift[to + voxels] : j))
        const z = Math.round(start[2] + step[2] * (shift ? k + shift[to + 2 * voxels] : k))
        const within = x >= 0 && y >= 0 && z >= 0 && x < dims[0] && y < dims[1] && z < dims[2]
        nearest[to] = within ? x + dims[0] * (y + dims[1] * z) : -1
      }
    }
  }
  return nearest
}
