import { totalmem } from 'node:os'
import { EmendError } from '../../shared/errors'
import { axisMapOf } from '../../shared/geometry/orientation'
import { spacing, voxelCount, type Grid, type Volume } from '../imaging/volume'

/** Less than this from foot to head holds no abdominal organ whole. */
const LEAST_HEIGHT_MM = 80
/** Less than this across is no trunk. */
const LEAST_WIDTH_MM = 150

/**
 * What makes a CT model's answer doubtful, one line each: values that do not look like HU, or too little body.
 * It samples about a hundred thousand voxels.
 */
export function doubtsAboutCt(volume: Volume): string[] {
  return [...doubtsAboutValues(volume), ...doubtsAboutExtent(volume)]
}

function doubtsAboutValues({ data }: Volume): string[] {
  const stride = Math.max(1, Math.floor(data.length / 100_003))
  let samples = 0
  let air = 0
  let soft = 0
  let low = Infinity
  let high = -Infinity
  for (let n = 0; n < data.length; n += stride) {
    const value = data[n]
    samples++
    if (value < -500) air++
    if (value > -150 && value < 250) soft++
    if (value < low) low = value
    if (value > high) high = value
  }
  const range = `values run from ${Math.round(low)} to ${Math.round(high)}`
  if (low >= 0 || high - low < 100) return [`this does not look like a CT in HU: ${range}`]
  if (soft < samples * 0.02)
    return [`this does not look like a CT of the body: hardly any voxel is soft tissue; ${range}`]
  if (air === 0) return [`there is no air in this image: is it a CT in HU? ${range}`]
  return []
}

function doubtsAboutExtent(grid: Grid): string[] {
  const mm = spacing(grid)
  const { world } = axisMapOf(grid.affine)
  const extent = (worldAxis: number): number => {
    const axis = world.indexOf(worldAxis) as 0 | 1 | 2
    return mm[axis] * grid.dims[axis]
  }
  const doubts: string[] = []
  if (extent(2) < LEAST_HEIGHT_MM) doubts.push(`the image spans only ${Math.round(extent(2))} mm from foot to head`)
  if (extent(0) < LEAST_WIDTH_MM) doubts.push(`the image is only ${Math.round(extent(0))} mm wide`)
  return doubts
}

/**
 * Refuses work that cannot fit: the scores of every class on the network's grid, twice while they are averaged or
 * turned, beside the image and its labels. What the network itself takes comes on top and is not foreseen.
 * @throws EmendError saying how much it would take.
 */
export function requireMemory(image: Volume, networkGrid: Grid, classes: number): void {
  const gigabytes =
    (image.data.byteLength + voxelCount(image.dims) + voxelCount(networkGrid.dims) * (8 + 5 * classes)) / 2 ** 30
  const available = totalmem() / 2 ** 30
  if (gigabytes < available) return
  throw new EmendError(
    `segmenting ${image.dims.join(' x ')} voxels would take over ${gigabytes.toFixed(1)} GB, and this machine has ${available.toFixed(1)} GB`,
    { hint: 'crop the image, or use a model with a coarser spacing' },
  )
}
