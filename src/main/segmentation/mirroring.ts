import { EmendError } from '../../shared/errors'
import { affineOf, type Vec3 } from '../../shared/geometry/affine'
import { isSided } from '../../shared/labels/sided'
import { reorient } from '../imaging/canonical'
import type { Mirror, ModelManifest } from './manifest'
import { tensorOrientation } from './modelAxes'
import type { Network } from './network'

/**
 * A network that looks at every image also mirrored, along each combination of some axes, and answers with the mean, turned
 * back: 2^n runs for n axes (nnU-Net's test-time augmentation). It helps a network that learned from mirrored images.
 * @param stride input voxels to one output voxel, in the order of the tensor's axes
 * @throws EmendError where left and right are to be swapped, and the model tells them apart
 */
export function mirrored(
  network: Network,
  manifest: Pick<ModelManifest, 'channels' | 'input' | 'preprocess'>,
  axes: readonly Mirror[],
  stride: Vec3,
): Network {
  if (axes.length === 0) return network
  const sided = manifest.channels.find(isSided)
  if (axes.includes('LR') && sided) {
    throw new EmendError(`a mirrored image has its ${sided} on the other side`, { hint: 'mirror along AP and SI only' })
  }
  const codes = tensorOrientation(manifest)
  const turned = [0, 1, 2].filter((axis) => axes.some((pair) => pair.includes(codes[axis])))
  return {
    ...network,
    async run(image, dims) {
      const outDims: Vec3 = [dims[0] / stride[0], dims[1] / stride[1], dims[2] / stride[2]]
      const voxels = outDims[0] * outDims[1] * outDims[2]
      const sum = new Float32Array(network.classes * voxels)
      const views = 2 ** turned.length
      for (let view = 0; view < views; view++) {
        const flipped = turned.filter((_, n) => (view >> n) & 1)
        const scores = await network.run(flip(image, dims, flipped), dims)
        for (let c = 0; c < network.classes; c++) {
          const back = flip(scores.subarray(c * voxels, (c + 1) * voxels), outDims, flipped)
          for (let n = 0; n < voxels; n++) sum[c * voxels + n] += back[n] / views
        }
      }
      return sum
    },
  }
}

/** The voxels in reverse order along some axes; the array itself where there are none. */
function flip(data: Float32Array, dims: Vec3, axes: readonly number[]): Float32Array {
  if (axes.length === 0) return data
  const affine = affineOf([1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0])
  const codes = ['RL', 'AP', 'SI'].map((pair, axis) => pair[axes.includes(axis) ? 1 : 0]).join('')
  return reorient({ dims, affine, data }, codes).data
}
