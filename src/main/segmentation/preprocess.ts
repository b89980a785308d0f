import type { Box } from '../../shared/voxels/box'
import { gridWithDims, gridWithSpacing } from '../imaging/axisWeights'
import { reorient } from '../imaging/canonical'
import { resampleLinear } from '../imaging/resample'
import type { Grid, Volume } from '../imaging/volume'
import { bodyBox, gridOfBox } from './bodyBox'
import type { Intensity, ModelManifest, Preprocess } from './manifest'
import { byImageAxis, modelAxes, tensorOrientation } from './modelAxes'
import { intersection } from './region'

export interface Prepared {
  /** What the network sees: its data is the tensor [1, 1, nz, ny, nx] as it stands. */
  readonly image: Volume<Float32Array>
  /** The same grid with its axes in the order and direction of the input's. */
  readonly gridOnInput: Grid
}

/**
 * Cuts to the body, resamples to the model's grid, turns the axes and scales the intensities, as the manifest says.
 * The resampling goes before the turning, so that only the small volume is ever moved; clamping goes after it.
 * @param volume HU, in any orientation
 * @param region all that is looked at, in voxels of the volume; null: the whole
 */
export function preprocess(
  volume: Volume,
  manifest: Pick<ModelManifest, 'preprocess' | 'input'>,
  region: Box | null = null,
): Prepared {
  const gridOnInput = networkGrid(volume, manifest.preprocess, region)
  const image = reorient(resampleLinear(volume, gridOnInput), tensorOrientation(manifest))
  scaleIntensities(image.data, manifest.preprocess.intensity)
  return { image, gridOnInput }
}

/** The grid that a model sees of an image, with its axes in the order and direction of the image's. */
export function networkGrid(
  volume: Volume,
  { orientation, bodyCrop, grid }: Preprocess,
  region: Box | null = null,
): Grid {
  const axes = modelAxes(volume, orientation)
  const body = bodyCrop ? bodyBox(volume, bodyCrop, axes) : null
  const box = body && region ? intersection(body, region) : (body ?? region)
  const extent = box ? gridOfBox(volume, box) : volume
  if (grid.kind === 'spacing') return gridWithSpacing(extent, byImageAxis(axes, grid.mm))
  if (grid.kind === 'size') return gridWithDims(extent, byImageAxis(axes, grid.voxels))
  return { dims: extent.dims, affine: extent.affine }
}

/** Clamps and scales in place: `(value + offset) * scale`, or to mean 0 and standard deviation 1. */
export function scaleIntensities(values: Float32Array, intensity: Intensity): void {
  const low = intensity.clamp[0] ?? -Infinity
  const high = intensity.clamp[1] ?? Infinity
  const { offset, scale } = intensity.kind === 'linear' ? intensity : standardisation(values, low, high)
  for (let n = 0; n < values.length; n++) {
    const value = values[n]
    values[n] = ((value < low ? low : value > high ? high : value) + offset) * scale
  }
}

function standardisation(values: Float32Array, low: number, high: number): { offset: number; scale: number } {
  const clamped = (value: number): number => (value < low ? low : value > high ? high : value)
  let sum = 0
  for (let n = 0; n < values.length; n++) sum += clamped(values[n])
  const mean = sum / values.length
  let squares = 0
  for (let n = 0; n < values.length; n++) squares += (clamped(values[n]) - mean) ** 2
  const deviation = Math.sqrt(squares / values.length)
  return { offset: -mean, scale: deviation > 0 ? 1 / deviation : 1 }
}
