import type { Vec3 } from '../../../shared/geometry/affine'
import type { Triple } from '../../graph/resampling'

/** How a U-Net goes down, in tensor order (k, j, i), and what its patch must be a multiple of, in voxel order (i, j, k). */
export interface Topology {
  readonly levels: number
  readonly pools: readonly Triple[]
  readonly kernels: readonly Triple[]
  readonly multipleOf: Vec3
}

/** A level with fewer voxels along an axis than this is not halved along it. */
const LEAST_SIZE = 8

/**
 * nnU-Net's rules: an axis is halved as long as it keeps 4 voxels and its voxels are less than twice as long as the finest; a
 * convolution reaches along an axis once its voxels are.
 * @param patch voxels, and `mm` their size, along i, j, k
 */
export function topologyFor(patch: Vec3, mm: Vec3, mostLevels: number): Topology {
  const size = [...patch]
  const voxel = [...mm]
  const multipleOf: [number, number, number] = [1, 1, 1]
  const pools: Triple[] = []
  const kernels: Triple[] = []
  for (;;) {
    const finest = Math.min(...voxel)
    kernels.push(tensorOrder(voxel.map((length) => (length < 2 * finest ? 3 : 1))))
    const halved = size.map((n, axis) => n >= LEAST_SIZE && voxel[axis] < 2 * finest)
    if (kernels.length === mostLevels || !halved.includes(true)) break
    pools.push(tensorOrder(halved.map((yes) => (yes ? 2 : 1))))
    for (const axis of [0, 1, 2] as const) {
      if (!halved[axis]) continue
      size[axis] = Math.floor(size[axis] / 2)
      voxel[axis] *= 2
      multipleOf[axis] *= 2
    }
  }
  return { levels: kernels.length, pools, kernels, multipleOf }
}

const tensorOrder = ([i, j, k]: readonly number[]): Triple => [k, j, i]
