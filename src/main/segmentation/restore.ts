import { orientation, voxelCount, type Grid, type LabelMap, type Volume } from '../imaging/volume'
import { reorient } from '../imaging/canonical'
import { upsampleArgmax } from '../imaging/upsampleArgmax'
import type { Prepared } from './preprocess'

/**
 * From scores on the network's grid to label ids on the input's grid. The scores are turned to the input's axes while
 * they are small, then interpolated and decided in one pass: no class is ever held at full resolution. Voxels outside
 * the network's grid (beyond the body) are background.
 * @param scores [channels, nz, ny, nx] over `prepared.image`; turned in place
 * @param ids label id of each channel, 0 for background
 */
export function restoreLabels(scores: Float32Array, ids: readonly number[], prepared: Prepared, input: Grid): LabelMap {
  turnScores(scores, ids.length, prepared)
  const labels = upsampleArgmax(scores, ids.length, prepared.gridOnInput, input)
  if (ids.some((id, channel) => id !== channel)) {
    const { data } = labels
    for (let n = 0; n < data.length; n++) if (data[n] !== 0) data[n] = ids[data[n]]
  }
  return labels
}

/** Something on the network's grid, with its axes in the order and direction of the input's. */
export function turnToInput(image: Volume<Float32Array>, { gridOnInput }: Prepared): Volume<Float32Array> {
  return { ...gridOnInput, data: reorient(image, orientation(gridOnInput)).data }
}

function turnScores(scores: Float32Array, channels: number, prepared: Prepared): void {
  const { dims, affine } = prepared.image
  const voxels = voxelCount(dims)
  for (let c = 0; c < channels; c++) {
    const ofClass = scores.subarray(c * voxels, (c + 1) * voxels)
    const { data } = turnToInput({ dims, affine, data: ofClass }, prepared)
    if (data !== ofClass) ofClass.set(data)
  }
}
