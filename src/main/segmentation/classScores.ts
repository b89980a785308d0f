import type { Vec3 } from '../../shared/geometry/affine'
import type { Work } from '../../shared/progress'
import { voxelCount, type Volume } from '../imaging/volume'
import type { Inference, ModelManifest } from './manifest'
import type { Network } from './network'
import { copyBlock, gaussianWindow, padTo, windowsOf } from './windows'

type OutputKind = ModelManifest['output']['kind']

/** What a window without anything in it gets for background, where all else gets 0. */
const CERTAIN: Readonly<Record<OutputKind, number>> = { logits: 10, probabilities: 1 }

/**
 * The network's scores on the whole image, [classes, nz, ny, nx] with i fastest: in one run, or averaged over
 * overlapping windows. Beyond the image there is its lowest value (air, in a CT), there for the padding only.
 *
 * Memory: the scores themselves (4 bytes a class and voxel), one window's, and what the network takes for it.
 * @param image the tensor's volume, intensities scaled
 * @param inference its triples in the order of the tensor's axes
 */
export async function classScores(
  network: Network,
  image: Volume<Float32Array>,
  inference: Inference,
  kind: OutputKind,
  work: Work,
): Promise<Float32Array> {
  const lowest = image.data.reduce((low, value) => (value < low ? value : low), Infinity)
  const padded = padTo(image, paddedDims(image.dims, inference), lowest)
  const scores =
    inference.kind === 'whole' || inference.patch.every((n, axis) => n === padded.dims[axis])
      ? await network.run(padded.data, padded.dims)
      : await overWindows(network, padded, inference.patch, inference.step, lowest, CERTAIN[kind], work)
  return cropTo(scores, network.classes, padded.dims, image.dims)
}

/** How many times the network runs on an image of these dims. */
export function runsFor(dims: Vec3, inference: Inference): number {
  if (inference.kind === 'whole') return 1
  return windowsOf(paddedDims(dims, inference), inference.patch, inference.step).length
}

function paddedDims(dims: Vec3, inference: Inference): Vec3 {
  const padded = dims.map((n, axis) =>
    inference.kind === 'whole'
      ? Math.ceil(n / inference.multipleOf[axis]) * inference.multipleOf[axis]
      : Math.max(n, inference.patch[axis]),
  )
  return [padded[0], padded[1], padded[2]]
}

async function overWindows(
  network: Network,
  image: Volume<Float32Array>,
  size: Vec3,
  step: number,
  lowest: number,
  certain: number,
  work: Work,
): Promise<Float32Array> {
  const windows = windowsOf(image.dims, size, step)
  const weights = gaussianWindow(size)
  const voxels = voxelCount(image.dims)
  const sums = new Float32Array(network.classes * voxels)
  const weightSums = new Float32Array(voxels)
  const window = new Float32Array(voxelCount(size))
  const started = performance.now()
  for (const [done, at] of windows.entries()) {
    work.signal.throwIfAborted()
    copyBlock(image.data, image.dims, at, window, size, [0, 0, 0], size)
    const empty = window.every((value) => value === lowest)
    const scores = empty ? null : await network.run(window, size)
    addWindow(sums, weightSums, image.dims, at, scores, weights, size, network.classes, certain)
    const secondsLeft = (((performance.now() - started) / 1000) * (windows.length - done - 1)) / (done + 1)
    work.report({ phase: 'network', done: done + 1, total: windows.length, secondsLeft })
  }
  for (let c = 0; c < network.classes; c++) {
    const ofClass = sums.subarray(c * voxels, (c + 1) * voxels)
    for (let n = 0; n < voxels; n++) ofClass[n] /= weightSums[n]
  }
  return sums
}

/** Adds a window's weighted scores; without scores it counts as background throughout. */
function addWindow(
  sums: Float32Array,
  weightSums: Float32Array,
  [nx, ny, nz]: Vec3,
  [i0, j0, k0]: Vec3,
  scores: Float32Array | null,
  weights: Float32Array,
  [wx, wy, wz]: Vec3,
  classes: number,
  certain: number,
): void {
  const voxels = nx * ny * nz
  for (let k = 0; k < wz; k++) {
    for (let j = 0; j < wy; j++) {
      const to = i0 + nx * (j0 + j + ny * (k0 + k))
      const from = wx * (j + wy * k)
      for (let i = 0; i < wx; i++) weightSums[to + i] += weights[from + i]
      if (!scores) {
        for (let i = 0; i < wx; i++) sums[to + i] += certain * weights[from + i]
        continue
      }
      for (let c = 0; c < classes; c++) {
        const target = c * voxels + to
        const source = c * weights.length + from
        for (let i = 0; i < wx; i++) sums[target + i] += weights[from + i] * scores[source + i]
      }
    }
  }
}

function cropTo(scores: Float32Array, classes: number, dims: Vec3, wanted: Vec3): Float32Array {
  if (dims.every((n, axis) => n === wanted[axis])) return scores
  const cropped = new Float32Array(classes * voxelCount(wanted))
  for (let c = 0; c < classes; c++) {
    const source = scores.subarray(c * voxelCount(dims), (c + 1) * voxelCount(dims))
    const target = cropped.subarray(c * voxelCount(wanted), (c + 1) * voxelCount(wanted))
    copyBlock(source, dims, [0, 0, 0], target, wanted, [0, 0, 0], wanted)
  }
  return cropped
}
