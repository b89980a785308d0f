import { voxelCount, type Volume } from '../imaging/volume'
import type { Vec3 } from '../../shared/geometry/affine'

/**
 * Where windows of `size` start along an axis of `length` voxels (`length >= size`): the first at 0, the last flush with
 * the end, the rest spread evenly with at most `step * size` voxels between starts, as in nnU-Net.
 */
export function windowStarts(length: number, size: number, step: number): number[] {
  const room = length - size
  const intervals = Math.ceil(room / (step * size))
  return Array.from({ length: intervals + 1 }, (_, n) => (intervals === 0 ? 0 : Math.round((n * room) / intervals)))
}

/** Every window of a grid, k outermost: the voxel (i, j, k) at which each starts. */
export function windowsOf(dims: Vec3, size: Vec3, step: number): Vec3[] {
  const [x, y, z] = dims.map((length, axis) => windowStarts(length, size[axis], step))
  return z.flatMap((k) => y.flatMap((j) => x.map((i): Vec3 => [i, j, k])))
}

/**
 * How much a window's voxels count, by distance from its centre: a Gaussian with a standard deviation of an eighth of
 * the window along each axis (Isensee et al., nnU-Net, Nat Methods 2021), 1 at the centre. The corners keep at least
 * a thousandth, so that a voxel that only a corner covers does not divide by nothing.
 */
export function gaussianWindow(size: Vec3): Float32Array {
  const [x, y, z] = size.map((n) =>
    Float64Array.from({ length: n }, (_, at) => Math.exp(-0.5 * ((at - (n - 1) / 2) / (n / 8)) ** 2)),
  )
  const weights = new Float32Array(voxelCount(size))
  let out = 0
  for (const wz of z) {
    for (const wy of y) {
      for (const wx of x) weights[out++] = Math.max(1e-3, wx * wy * wz)
    }
  }
  return weights
}

/** The image with `fill` added at its high ends up to `dims`; the image itself where nothing is to be added. */
export function padTo(image: Volume<Float32Array>, dims: Vec3, fill: number): Volume<Float32Array> {
  if (dims.every((n, axis) => n === image.dims[axis])) return image
  const data = new Float32Array(voxelCount(dims)).fill(fill)
  copyBlock(image.data, image.dims, [0, 0, 0], data, dims, [0, 0, 0], image.dims)
  return { dims, affine: image.affine, data }
}

/** Copies a block of `size` voxels from one array to another, each with its own dims and starting voxel. */
export function copyBlock(
  source: Float32Array,
  sourceDims: Vec3,
  from: Vec3,
  target: Float32Array,
  targetDims: Vec3,
  to: Vec3,
  size: Vec3,
): void {
  for (let k = 0; k < size[2]; k++) {
    for (let j = 0; j < size[1]; j++) {
      const read = from[0] + sourceDims[0] * (from[1] + j + sourceDims[1] * (from[2] + k))
      const write = to[0] + targetDims[0] * (to[1] + j + targetDims[1] * (to[2] + k))
      target.set(source.subarray(read, read + size[0]), write)
    }
  }
}
