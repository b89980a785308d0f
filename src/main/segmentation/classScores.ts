import type { Vec3 } from '../../shared/geometry/affine'
import type { Work } from '../../shared/progress'
import { gridWithDims } from '../imaging/axisWeights'
import { voxelCount, type Grid, type Volume } from '../imaging/volume'
import type { TensorInference } from './modelAxes'
import type { Network } from './network'
import { indicatorPlanes, showsAnything, type WindowPlane } from './indicatorWindows'
import { copyBlock, padTo, windowsOf } from './windows'
import { channelsWithin, windowSums } from './windowSums'

/** The network's scores: [classes, nz, ny, nx] with i fastest, over `grid`. */
export interface ClassScores {
  readonly grid: Grid
  readonly classes: number
  readonly data: Float32Array
}

/** What a window without anything in it gets for background, where all else gets 0. */
const CERTAIN = { logits: 10, probabilities: 1 } as const

/**
 * The network's scores on the whole image: in one run, or averaged over overlapping windows. Beyond the image there is
 * its lowest value (air, in a CT), there for the padding only; windows that hold nothing else are not run.
 *
 * Memory: the scores themselves (4 bytes a class and voxel), one window's, and what the network takes for it.
 * @param image the tensor's volume, intensities scaled
 * @returns scores on the image's grid, or on one that is coarser by the output's stride
 */
export async function classScores(
  network: Network,
  image: Volume<Float32Array>,
  how: TensorInference,
  work: Work,
): Promise<ClassScores> {
  const lowest = image.data.reduce((low, value) => (value < low ? value : low), Infinity)
  const padded = padTo(image, paddedDims(image.dims, how), lowest)
  const windows = windowsFor(padded.dims, how)
  const data =
    windows.length === 1
      ? await network.run(padded.data, padded.dims)
      : await overWindows(network, padded, windows, how, lowest, work)
  const dims = divided(padded.dims, how.stride)
  const grid = { ...gridWithDims(padded, dims), dims: divided(image.dims, how.stride) }
  return { grid, classes: network.classes, data: channelsWithin(data, network.classes, dims, grid.dims) }
}

/** How many times the network runs on an image of these dims, at most. */
export function runsFor(dims: Vec3, how: TensorInference): number {
  return windowsFor(paddedDims(dims, how), how).length
}

/** Where windows start, in output voxels, so that each starts where an output voxel does. */
function windowsFor(padded: Vec3, how: TensorInference): Vec3[] {
  const step = how.inference.kind === 'whole' ? 1 : how.inference.step
  return windowsOf(divided(padded, how.stride), divided(windowSize(padded, how), how.stride), step)
}

function windowSize(padded: Vec3, { inference }: TensorInference): Vec3 {
  return inference.kind === 'whole' ? padded : inference.patch
}

function paddedDims(dims: Vec3, { inference, stride }: TensorInference): Vec3 {
  const upTo = (n: number, multiple: number): number => Math.ceil(n / multiple) * multiple
  const padded = dims.map((n, axis) =>
    inference.kind === 'whole'
      ? upTo(n, inference.multipleOf[axis])
      : Math.max(upTo(n, stride[axis]), inference.patch[axis]),
  )
  return [padded[0], padded[1], padded[2]]
}

/** Voxels of a grid that is coarser by `stride`, the last one whole. */
function divided(dims: Vec3, stride: Vec3): Vec3 {
  const at = (axis: 0 | 1 | 2): number => Math.ceil(dims[axis] / stride[axis])
  return [at(0), at(1), at(2)]
}

async function overWindows(
  network: Network,
  image: Volume<Float32Array>,
  windows: readonly Vec3[],
  how: TensorInference,
  lowest: number,
  work: Work,
): Promise<Float32Array> {
  const { stride } = how
  const patch = windowSize(image.dims, how)
  const sums = windowSums(network.classes, divided(image.dims, stride), divided(patch, stride), CERTAIN[how.kind])
  const window = new Float32Array(voxelCount(patch))
  const started = performance.now()
  let done = 0
  const add = async (at: Vec3, skip: boolean): Promise<Float32Array | null> => {
    work.signal.throwIfAborted()
    const from: Vec3 = [at[0] * stride[0], at[1] * stride[1], at[2] * stride[2]]
    if (!skip) copyBlock(image.data, image.dims, from, window, patch, [0, 0, 0], patch)
    const empty = skip || window.every((value) => value === lowest)
    const scores = empty ? null : await network.run(window, patch)
    sums.add(at, scores)
    done++
    const secondsLeft = (((performance.now() - started) / 1000) * (windows.length - done)) / done
    work.report({ phase: 'network', done, total: windows.length, secondsLeft })
    return scores
  }
  for (const { indicators, others } of planesOf(windows, how)) {
    let found = false
    for (const at of indicators) {
      const scores = await add(at, false)
      found ||= scores !== null && others.length > 0 && showsAnything(scores, network.classes)
    }
    for (const at of others) await add(at, !found)
  }
  return sums.mean()
}

/** Without indicators all windows are run, whatever is in the others. */
function planesOf(windows: readonly Vec3[], { inference, upAxis }: TensorInference): WindowPlane[] {
  const byIndicator = inference.kind === 'patch' && inference.indicators
  return byIndicator ? indicatorPlanes(windows, upAxis) : [{ indicators: windows, others: [] }]
}
