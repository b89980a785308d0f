import { ONE_BIT } from '../../shared/uncertainty'
import type { ModelManifest } from './manifest'

type OutputKind = ModelManifest['output']['kind']

/** Voxels are taken in blocks that stay in cache, so that each class's scores are read in order. */
const BLOCK = 2048

/**
 * How undecided the network is at each voxel: the entropy of its class probabilities over log(classes), so 0 where it
 * is certain and 1 where every class is equally likely.
 * @param scores [classes, voxels], logits (softmax is applied) or probabilities
 */
export function normalisedEntropy(scores: Float32Array, classes: number, kind: OutputKind): Float32Array {
  const voxels = scores.length / classes
  const entropy = new Float32Array(voxels)
  const top = new Float64Array(BLOCK)
  const sum = new Float64Array(BLOCK)
  const weighted = new Float64Array(BLOCK)
  const scale = 1 / Math.log(classes)
  for (let start = 0; start < voxels; start += BLOCK) {
    const size = Math.min(BLOCK, voxels - start)
    if (kind === 'logits') {
      top.fill(-Infinity)
      for (let c = 0; c < classes; c++) {
        for (let n = 0, at = c * voxels + start; n < size; n++, at++) if (scores[at] > top[n]) top[n] = scores[at]
      }
    }
    sum.fill(0)
    weighted.fill(0)
    for (let c = 0; c < classes; c++) {
      for (let n = 0, at = c * voxels + start; n < size; n++, at++) {
        if (kind === 'logits') {
          // With z = logit - top: H = log(sum e^z) - sum(z e^z) / sum(e^z).
          const z = scores[at] - top[n]
          if (z < -30) continue
          const e = Math.exp(z)
          sum[n] += e
          weighted[n] += z * e
        } else if (scores[at] > 0) {
          sum[n] += scores[at]
          weighted[n] += scores[at] * Math.log(scores[at])
        }
      }
    }
    for (let n = 0; n < size; n++) {
      const nats = sum[n] > 0 ? Math.log(sum[n]) - weighted[n] / sum[n] : 0
      entropy[start + n] = Math.min(1, Math.max(0, nats * scale))
    }
  }
  return entropy
}

/** The channel with the highest score at each voxel; on a tie the lowest. */
export function bestChannel(scores: Float32Array, classes: number): Uint8Array {
  const voxels = scores.length / classes
  const best = new Uint8Array(voxels)
  const top = scores.slice(0, voxels)
  for (let c = 1; c < classes; c++) {
    for (let n = 0, at = c * voxels; n < voxels; n++, at++) {
      if (scores[at] > top[n]) {
        top[n] = scores[at]
        best[n] = c
      }
    }
  }
  return best
}

/** The mean entropy over the voxels that each channel wins; null for a channel that wins none. */
export function meanByChannel(entropy: Float32Array, best: Uint8Array, classes: number): (number | null)[] {
  const sums = new Float64Array(classes)
  const counts = new Float64Array(classes)
  for (let n = 0; n < entropy.length; n++) {
    sums[best[n]] += entropy[n]
    counts[best[n]]++
  }
  return Array.from(sums, (sum, c) => (counts[c] > 0 ? sum / counts[c] : null))
}

/** Normalised entropy as it is kept: 64ths of a bit, at most 255. */
export function inBits(entropy: Float32Array, classes: number): Uint8Array {
  const scale = ONE_BIT * Math.log2(classes)
  return Uint8Array.from(entropy, (share) => Math.min(255, Math.round(share * scale)))
}

/**
 * The label that each voxel most likely has if it has any: that of the best channel besides the background's.
 * @param labels the label of each channel; 0 for background
 */
export function likeliestLabel(scores: Float32Array, labels: readonly number[]): Uint8Array {
  const voxels = scores.length / labels.length
  const likeliest = new Uint8Array(voxels)
  const top = new Float32Array(voxels).fill(-Infinity)
  labels.forEach((label, c) => {
    if (label === 0) return
    for (let n = 0, at = c * voxels; n < voxels; n++, at++) {
      if (scores[at] <= top[n]) continue
      top[n] = scores[at]
      likeliest[n] = label
    }
  })
  return likeliest
}
