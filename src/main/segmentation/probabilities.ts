import type { Work } from '../../shared/progress'
import { reorient } from '../imaging/canonical'
import { resampleLinear, resampleNearest } from '../imaging/resample'
import { orientation, voxelCount, type Grid, type Volume } from '../imaging/volume'
import { classScores } from './classScores'
import { coarseRegion } from './coarse'
import { mirrored } from './mirroring'
import type { Model } from './model'
import { tensorInference } from './modelAxes'
import type { Network } from './network'
import { preprocess } from './preprocess'

/**
 * A model's probabilities of its channels on any grid: [channels, voxels], i fastest. Beyond what the model looked at, which
 * a crop to the body or a coarse model leaves out, all is background.
 * @param grid may differ from the image's in spacing, extent and direction of axes
 */
export async function probabilitiesOn(
  grid: Grid,
  image: Volume,
  model: Model,
  network: Network,
  work: Work,
): Promise<Float32Array> {
  const { manifest } = model
  const how = tensorInference(manifest)
  const viewed = mirrored(network, manifest, manifest.mirror, how.stride)
  const region = model.coarse ? await coarseRegion(image, model.coarse, { device: network.device, work }) : null
  const scores = await classScores(viewed, preprocess(image, manifest, region).image, how, work)
  if (how.kind === 'logits') softmax(scores.data, scores.classes)
  const codes = orientation(grid)
  const coarse = voxelCount(scores.grid.dims)
  const voxels = voxelCount(grid.dims)
  const out = new Float32Array(scores.classes * voxels)
  for (let c = 0; c < scores.classes; c++) {
    const data = scores.data.subarray(c * coarse, (c + 1) * coarse)
    out.set(resampleLinear(reorient({ ...scores.grid, data }, codes), grid).data, c * voxels)
  }
  const seen = reorient({ ...scores.grid, data: new Uint8Array(coarse).fill(1) }, codes)
  const { data: inside } = resampleNearest(seen, grid)
  for (let n = 0; n < voxels; n++) {
    if (inside[n]) continue
    for (let c = 0; c < scores.classes; c++) out[c * voxels + n] = c === 0 ? 1 : 0
  }
  return out
}

/** In place, over the channels of [channels, voxels]. */
function softmax(scores: Float32Array, classes: number): void {
  const voxels = scores.length / classes
  for (let n = 0; n < voxels; n++) {
    let top = -Infinity
    for (let at = n; at < scores.length; at += voxels) top = Math.max(top, scores[at])
    let sum = 0
    for (let at = n; at < scores.length; at += voxels) {
      scores[at] = Math.exp(scores[at] - top)
      sum += scores[at]
    }
    for (let at = n; at < scores.length; at += voxels) scores[at] /= sum
  }
}
