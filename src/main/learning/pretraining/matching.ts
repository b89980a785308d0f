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

/** The voxel of the target whose encoding is most like that of a voxel of the query. */
export function mostAlike(query: Encoding, voxel: number, target: Encoding): number {
  const [from, to] = [query.data.length / query.dimensions, target.data.length / target.dimensions]
  const likeness = new Float32Array(to)
  for (let d = 0; d < query.dimensions; d++) {
    const weight = query.data[d * from + voxel]
    for (let at = 0; at < to; at++) likeness[at] += weight * target.data[d * to + at]
  }
  let best = 0
  for (let at = 1; at < to; at++) if (likeness[at] > likeness[best]) best = at
  return best
}

/**
 * The voxel of the target whose surroundings look most like those of a voxel of the query: by the correlation of the
 * intensities within a cube of 2 radius + 1 voxels, as far as it lies in either image.
 */
export function mostCorrelated(query: PreparedImage, voxel: Vec3, target: PreparedImage, radius: number): number {
  const wanted = standardised(query, voxel, radius)
  const [ni, nj, nk] = target.dims
  let [best, highest] = [0, -Infinity]
  for (let k = 0; k < nk; k++) {
    for (let j = 0; j < nj; j++) {
      for (let i = 0; i < ni; i++) {
        const there = standardised(target, [i, j, k], radius)
        let correlation = 0
        for (let n = 0; n < wanted.length; n++) correlation += wanted[n] * there[n]
        if (correlation <= highest) continue
        highest = correlation
        best = i + ni * (j + nj * k)
      }
    }
  }
  return best
}

/** The intensities about a voxel with mean 0 and length 1; beyond the image its lowest. */
function standardised({ image, dims, low }: PreparedImage, [ci, cj, ck]: Vec3, radius: number): Float32Array {
  const side = 2 * radius + 1
  const cube = new Float32Array(side ** 3)
  let sum = 0
  let to = 0
  for (let k = ck - radius; k <= ck + radius; k++) {
    for (let j = cj - radius; j <= cj + radius; j++) {
      const row = k >= 0 && k < dims[2] && j >= 0 && j < dims[1] ? dims[0] * (j + dims[1] * k) : -1
      for (let i = ci - radius; i <= ci + radius; i++) {
        const value = row >= 0 && i >= 0 && i < dims[0] ? image[row + i] : low
        cube[to++] = value
        sum += value
      }
    }
  }
  const mean = sum / cube.length
  let squares = 0
  for (let n = 0; n < cube.length; n++) {
    cube[n] -= mean
    squares += cube[n] * cube[n]
  }
  const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0
  for (let n = 0; n < cube.length; n++) cube[n] *= scale
  return cube
}
