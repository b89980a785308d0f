import type { Vec3 } from '../../../shared/geometry/affine'
import { flatten, unflatten, type NamedParameters } from '../../graph/parameters'
import { encodeInference } from '../../graph/inference'
import { openSession } from '../../graph/session'
import { networkParameters, totalStride } from '../../networks/network'
import { positionalEncoding } from '../../networks/twoStem'
import type { SingleNetworkConfig } from '../../networks/singleNetwork'
import type { PreparedImage } from './images'

/** A value of several dimensions at every voxel, of length 1: [dimensions, voxels], i fastest. */
export interface Encoding {
  readonly dims: Vec3
  readonly dimensions: number
  readonly data: Float32Array
}

/** Runs a positional encoder over whole images, padded at their high ends to what it halves. */
export async function openEncoder(
  config: SingleNetworkConfig,
  weights: NamedParameters,
  { threads = 0 } = {},
): Promise<{ encode(image: PreparedImage): Promise<Encoding>; close(): Promise<void> }> {
  const stride = totalStride(config)
  const specs = networkParameters(config)
  const bytes = encodeInference(
    (tape, image) => positionalEncoding(tape, image, config),
    { inputChannels: config.inputChannels, multipleOf: stride },
    unflatten(specs, flatten(specs, weights)),
  )
  const session = await openSession(bytes, 'cpu', { threads })
  return {
    async encode({ dims, image, low }) {
      const padded: Vec3 = [up(dims[0], stride[2]), up(dims[1], stride[1]), up(dims[2], stride[0])]
      const data = copyBox(image, dims, padded, new Float32Array(padded[0] * padded[1] * padded[2]).fill(low))
      const { logits } = await session.run({ image: { data, dims: [1, 1, padded[2], padded[1], padded[0]] } })
      const [voxels, paddedVoxels] = [dims[0] * dims[1] * dims[2], padded[0] * padded[1] * padded[2]]
      const encoding = new Float32Array(config.outputChannels * voxels)
      for (let d = 0; d < config.outputChannels; d++) {
        const channel = (logits.data as Float32Array).subarray(d * paddedVoxels, (d + 1) * paddedVoxels)
        copyBox(channel, padded, dims, encoding.subarray(d * voxels, (d + 1) * voxels))
      }
      return { dims, dimensions: config.outputChannels, data: encoding }
    },
    close: () => session.close(),
  }
}

const up = (n: number, multiple: number): number => Math.ceil(n / multiple) * multiple

/** The part that both boxes have, from their common first voxel. */
function copyBox(from: Float32Array, [fi, fj, fk]: Vec3, [ti, tj, tk]: Vec3, to: Float32Array): Float32Array {
  const n = Math.min(fi, ti)
  for (let k = 0; k < Math.min(fk, tk); k++) {
    for (let j = 0; j < Math.min(fj, tj); j++) {
      to.set(from.subarray(fi * (j + fj * k), fi * (j + fj * k) + n), ti * (j + tj * k))
    }
  }
  return to
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
 * within a cube of 2 radius + 1 voxels; beyond either image is its lowest value.
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
    let best = 0
    let highest = -Infinity
    for (let at = 0; at < likeness.length; at++) {
      const correlation = likeness[at] * this.inverse[at]
      if (correlation <= highest) continue
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
