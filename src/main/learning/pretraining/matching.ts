import type { Vec3 } from '../../../shared/geometry/affine'
import { voxelCount } from '../../imaging/volume'
import { flatten, unflatten, type NamedParameters } from '../../graph/parameters'
import { encodeInference } from '../../graph/inference'
import { openSession } from '../../graph/session'
import { networkParameters, totalStride } from '../../networks/network'
import { copyBlock, windowsOf } from '../../segmentation/windows'
import { channelsWithin, windowSums } from '../../segmentation/windowSums'
import { positionalEncoding } from '../../networks/twoStem'
import type { SingleNetworkConfig } from '../../networks/singleNetwork'
import type { PreparedImage } from './images'

/** A value of several dimensions at every voxel, of length 1: [dimensions, voxels], i fastest. */
export interface Encoding {
  readonly dims: Vec3
  readonly dimensions: number
  readonly data: Float32Array
}

/** How far windows lie apart, as a share of their size. */
const STEP = 0.5

/**
 * Runs a positional encoder over whole images, in overlapping windows of the size that it learned from, since an instance
 * normalization of another size gives other encodings. Their means (`windowSums`) are brought to length 1. Where an image shows
 * nothing (its lowest value: a CT's air), of which no encoder learns anything, the encoding is 0.
 * @param window voxels along i, j, k, each a multiple of the encoder's stride
 */
export async function openEncoder(
  config: SingleNetworkConfig,
  weights: NamedParameters,
  window: Vec3,
  { threads = 0 } = {},
): Promise<{ encode(image: PreparedImage): Promise<Encoding>; close(): Promise<void> }> {
  const specs = networkParameters(config)
  const bytes = encodeInference(
    (tape, image) => positionalEncoding(tape, image, config),
    { inputChannels: config.inputChannels, multipleOf: totalStride(config) },
    unflatten(specs, flatten(specs, weights)),
  )
  const session = await openSession(bytes, 'cpu', { threads })
  const codes = async (data: Float32Array): Promise<Float32Array> => {
    const { logits } = await session.run({ image: { data, dims: [1, 1, window[2], window[1], window[0]] } })
    return logits.data as Float32Array
  }
  return {
    async encode({ dims, image, low }) {
      const whole: Vec3 = [Math.max(dims[0], window[0]), Math.max(dims[1], window[1]), Math.max(dims[2], window[2])]
      const padded = new Float32Array(voxelCount(whole)).fill(low)
      copyBlock(image, dims, [0, 0, 0], padded, whole, [0, 0, 0], dims)
      const sums = windowSums(config.outputChannels, whole, window, 0)
      const shown = new Float32Array(voxelCount(window))
      for (const at of windowsOf(whole, window, STEP)) {
        copyBlock(padded, whole, at, shown, window, [0, 0, 0], window)
        sums.add(at, shown.every((value) => value === low) ? null : await codes(shown))
      }
      const data = channelsWithin(sums.mean(), config.outputChannels, whole, dims)
      normalise(data, config.outputChannels, (voxel) => image[voxel] > low)
      return { dims, dimensions: config.outputChannels, data }
    },
    close: () => session.close(),
  }
}

/** Brings each voxel's values [dimensions, voxels] to length 1 where something is shown, and to 0 elsewhere. */
function normalise(data: Float32Array, dimensions: number, isShown: (voxel: number) => boolean): void {
  const voxels = data.length / dimensions
  const squares = new Float32Array(voxels)
  for (let at = 0; at < data.length; at++) squares[at % voxels] += data[at] ** 2
  const scale = squares.map((square, at) => (square > 0 && isShown(at) ? 1 / Math.sqrt(square) : 0))
  for (let at = 0; at < data.length; at++) data[at] *= scale[at % voxels]
}

/** The encoding of one voxel: [dimensions]. */
export function codeAt({ dimensions, data }: Encoding, voxel: number): Float32Array {
  const voxels = data.length / dimensions
  return Float32Array.from({ length: dimensions }, (_, d) => data[d * voxels + voxel])
}

/** The voxel of the target whose encoding is most like one of another image (`codeAt`). */
export function mostAlike(code: Float32Array, target: Encoding): number {
  const voxels = target.data.length / target.dimensions
  const likeness = new Float32Array(voxels)
  code.forEach((weight, d) => {
    for (let at = 0; at < voxels; at++) likeness[at] += weight * target.data[d * voxels + at]
  })
  let best = 0
  for (let at = 1; at < voxels; at++) if (likeness[at] > likeness[best]) best = at
  return best
}

/**
 * Finds where in an image the surroundings of a voxel of another look most alike: by the correlation of the intensities
 * within a cube of 2 radius + 1 voxels; beyond either image is its lowest value. Where the other shows nothing but that, nothing
 * is looked for.
 */
export class Surroundings {
  private readonly padded: Float32Array
  private readonly paddedDims: Vec3
  /** 1 over the length of each voxel's cube about its mean; 0 where all in it is alike. */
  private readonly inverse: Float64Array

  constructor(
    private readonly target: PreparedImage,
    private readonly radius: number,
  ) {
    const { dims, image, low } = target
    this.paddedDims = [dims[0] + 2 * radius, dims[1] + 2 * radius, dims[2] + 2 * radius]
    const [pi, pj, pk] = this.paddedDims
    this.padded = new Float32Array(pi * pj * pk).fill(low)
    for (let k = 0; k < dims[2]; k++) {
      for (let j = 0; j < dims[1]; j++) {
        const row = dims[0] * (j + dims[1] * k)
        this.padded.set(image.subarray(row, row + dims[0]), radius + pi * (j + radius + pj * (k + radius)))
      }
    }
    const ones = new Float32Array((2 * radius + 1) ** 3).fill(1)
    const sums = this.weighed(this.padded, ones)
    const squares = this.weighed(
      this.padded.map((value) => value * value),
      ones,
    )
    this.inverse = squares.map((square, at) => {
      const variance = square - sums[at] ** 2 / ones.length
      return variance > 1e-6 * square ? 1 / Math.sqrt(variance) : 0
    })
  }

  /** The number of the voxel of the target, i fastest. */
  mostLike(query: PreparedImage, voxel: Vec3): number {
    // With mean 0 the weights take no notice of the target's means.
    const likeness = this.weighed(this.padded, withoutMean(query, voxel, this.radius))
    const { image, low } = this.target
    let best = 0
    let highest = -Infinity
    for (let at = 0; at < likeness.length; at++) {
      const correlation = likeness[at] * this.inverse[at]
      if (correlation <= highest || image[at] <= low) continue
      highest = correlation
      best = at
    }
    return best
  }

  /** The weighted sum over each voxel's cube. */
  private weighed(padded: Float32Array, weights: Float32Array): Float64Array {
    const [ni, nj, nk] = this.target.dims
    const [pi, pj] = this.paddedDims
    const side = 2 * this.radius + 1
    const sums = new Float64Array(ni * nj * nk)
    for (let n = 0; n < weights.length; n++) {
      const away = (n % side) + pi * ((Math.floor(n / side) % side) + pj * Math.floor(n / side ** 2))
      const weight = weights[n]
      for (let k = 0; k < nk; k++) {
        for (let j = 0; j < nj; j++) {
          const from = away + pi * (j + pj * k)
          const to = ni * (j + nj * k)
          for (let i = 0; i < ni; i++) sums[to + i] += weight * padded[from + i]
        }
      }
    }
    return sums
  }
}

/** The intensities about a voxel less their mean, i fastest. */
function withoutMean({ image, dims, low }: PreparedImage, [ci, cj, ck]: Vec3, radius: number): Float32Array {
  const cube = new Float32Array((2 * radius + 1) ** 3)
  let to = 0
  for (let k = ck - radius; k <= ck + radius; k++) {
    for (let j = cj - radius; j <= cj + radius; j++) {
      const row = k >= 0 && k < dims[2] && j >= 0 && j < dims[1] ? dims[0] * (j + dims[1] * k) : -1
      for (let i = ci - radius; i <= ci + radius; i++) {
        cube[to++] = row >= 0 && i >= 0 && i < dims[0] ? image[row + i] : low
      }
    }
  }
  const mean = cube.reduce((a, b) => a + b, 0) / cube.length
  return cube.map((value) => value - mean)
}
