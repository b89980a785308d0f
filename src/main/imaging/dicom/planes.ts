import { applyAffine, invertAffine } from '../../../shared/geometry/affine'
import type { Grid } from '../volume'
import type { DicomSource } from './source'
import { flipLps } from './vector'

/**
 * Where labels of an image can lie along its third axis: on its slices as they were acquired, which an interpolated
 * volume has fewer of, or other than, its own. Heights are (fractional) indices along that axis.
 */
export class Planes {
  private readonly heights: readonly number[]

  constructor({ dims, affine }: Grid, source: DicomSource | undefined) {
    const toVoxel = invertAffine(affine)
    this.heights = source
      ? source.slices.map(({ position }) => applyAffine(toVoxel, flipLps(position))[2]).sort((a, b) => a - b)
      : Array.from({ length: dims[2] }, (_, k) => k)
  }

  /** The plane that a height lies on, by its number from below; null where it is further away than halfway to the next. */
  planeOf(height: number): number | null {
    const { heights } = this
    const nearest = this.nearestTo(height)
    const neighbour = heights[height > heights[nearest] ? nearest + 1 : nearest - 1]
    const gap = neighbour === undefined ? this.usualGap() : Math.abs(neighbour - heights[nearest])
    return Math.abs(height - heights[nearest]) <= 0.5 * gap ? nearest : null
  }

  /** For slice k of the grid: the nearest plane. */
  nearestTo(k: number): number {
    const { heights } = this
    let best = 0
    for (let n = 1; n < heights.length; n++) {
      if (Math.abs(heights[n] - k) < Math.abs(heights[best] - k) - 1e-6) best = n
    }
    return best
  }

  private usualGap(): number {
    const { heights } = this
    return heights.length > 1 ? (heights[heights.length - 1] - heights[0]) / (heights.length - 1) : 1
  }
}
