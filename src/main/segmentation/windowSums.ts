import type { Vec3 } from '../../shared/geometry/affine'
import { voxelCount } from '../imaging/volume'
import { copyBlock, gaussianWindow } from './windows'

/**
 * Means, over overlapping windows, of what a network gives for each, weighted towards the middle of each window.
 * @param dims of the whole grid; `size` is one window's
 * @param certain what the first channel counts as where a window was not run, the others as 0
 */
export function windowSums(
  channels: number,
  dims: Vec3,
  size: Vec3,
  certain: number,
): { add: (at: Vec3, scores: Float32Array | null) => void; mean: () => Float32Array } {
  const weights = gaussianWindow(size)
  const voxels = voxelCount(dims)
  const sums = new Float32Array(channels * voxels)
  const weightSums = new Float32Array(voxels)
  const [nx, ny] = dims
  const [wx, wy, wz] = size
  return {
    /** @param scores [channels, ...size] of the window that starts at `at`; null where it was not run */
    add(at, scores) {
      for (let k = 0; k < wz; k++) {
        for (let j = 0; j < wy; j++) {
          const to = at[0] + nx * (at[1] + j + ny * (at[2] + k))
          const from = wx * (j + wy * k)
          for (let i = 0; i < wx; i++) weightSums[to + i] += weights[from + i]
          if (!scores) {
            for (let i = 0; i < wx; i++) sums[to + i] += certain * weights[from + i]
            continue
          }
          for (let c = 0; c < channels; c++) {
            const target = c * voxels + to
            const source = c * weights.length + from
            for (let i = 0; i < wx; i++) sums[target + i] += weights[from + i] * scores[source + i]
          }
        }
      }
    },
    mean() {
      for (let c = 0; c < channels; c++) {
        const ofClass = sums.subarray(c * voxels, (c + 1) * voxels)
        for (let n = 0; n < voxels; n++) ofClass[n] /= weightSums[n]
      }
      return sums
    },
  }
}

/** The low corner of [channels, voxels] over a grid: the part of `wanted` voxels. */
export function channelsWithin(scores: Float32Array, channels: number, dims: Vec3, wanted: Vec3): Float32Array {
  if (dims.every((n, axis) => n === wanted[axis])) return scores
  const cropped = new Float32Array(channels * voxelCount(wanted))
  for (let c = 0; c < channels; c++) {
    const source = scores.subarray(c * voxelCount(dims), (c + 1) * voxelCount(dims))
    const target = cropped.subarray(c * voxelCount(wanted), (c + 1) * voxelCount(wanted))
    copyBlock(source, dims, [0, 0, 0], target, wanted, [0, 0, 0], wanted)
  }
  return cropped
}
