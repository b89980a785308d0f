import type { Vec3 } from '../../shared/geometry/affine'

/** What training keeps of a case in memory: what the network sees, on the network's grid. */
export interface PreparedCase {
  readonly id: string
  /** Voxels along i, j, k. */
  readonly dims: Vec3
  /** mm along i, j, k. */
  readonly spacing: Vec3
  /** Normalised intensities, i fastest. */
  readonly image: Float32Array
  /** Output channel of the network, 255 where it is not known. */
  readonly labels: Uint8Array
  /** By channel, voxels to centre a patch on: at most `SEEDS` of them, spread over the structure; background has none. */
  readonly seeds: readonly Int32Array[]
  /** How often an epoch holds the case. */
  readonly weight: number
}

const SEEDS = 4096

/** Picks evenly spread voxels of every channel but background. */
export function seedsOf(labels: Uint8Array, channels: number): Int32Array[] {
  const counts = new Int32Array(256)
  for (const label of labels) counts[label]++
  const strides = Array.from(counts, (n) => Math.max(1, Math.ceil(n / SEEDS)))
  const seeds = Array.from({ length: channels }, (_, channel) => {
    return new Int32Array(channel === 0 ? 0 : Math.ceil(counts[channel] / strides[channel]))
  })
  const seen = new Int32Array(256)
  for (let at = 0; at < labels.length; at++) {
    const label = labels[at]
    if (label === 0 || label >= channels) continue
    const n = seen[label]++
    if (n % strides[label] === 0) seeds[label][n / strides[label]] = at
  }
  return seeds
}
