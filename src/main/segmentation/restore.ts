import { reorient } from '../imaging/canonical'
import { upsampleArgmax } from '../imaging/upsampleArgmax'
import { orientation, voxelCount, type Grid, type LabelMap } from '../imaging/volume'
import type { ClassScores } from './classScores'

/**
 * From scores on the network's grid to label ids on the input's grid. The scores are turned to the input's axes while
 * they are small, then interpolated and decided in one pass: no class is ever held at full resolution. Voxels outside
 * the network's grid (beyond the body) are background.
 * @param scores used up: their array is turned in place
 * @param ids label id of each channel, 0 for background
 */
export function restoreLabels(scores: ClassScores, ids: readonly number[], input: Grid): LabelMap {
  const turned = turnTo(scores, input)
  const labels = upsampleArgmax(turned.data, turned.classes, turned.grid, input)
  if (ids.some((id, channel) => id !== channel)) {
    const { data } = labels
    for (let n = 0; n < data.length; n++) if (data[n] !== 0) data[n] = ids[data[n]]
  }
  return labels
}

function turnTo(scores: ClassScores, input: Grid): ClassScores {
  const codes = orientation(input)
  const voxels = voxelCount(scores.grid.dims)
  let grid = scores.grid
  for (let c = 0; c < scores.classes; c++) {
    const ofClass = scores.data.subarray(c * voxels, (c + 1) * voxels)
    const { data, dims, affine } = reorient({ ...scores.grid, data: ofClass }, codes)
    if (data !== ofClass) ofClass.set(data)
    grid = { dims, affine }
  }
  return { ...scores, grid }
}
