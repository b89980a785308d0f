import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { gridWithDims } from '../../../src/main/imaging/axisWeights'
import { resampleLinear } from '../../../src/main/imaging/resample'
import { upsampleArgmax } from '../../../src/main/imaging/upsampleArgmax'
import { voxelCount, type Grid } from '../../../src/main/imaging/volume'
import { affine, dims, noise } from './arbitrary'

/** What it must equal: every class interpolated to the target grid, then the best; null where two are too close to tell. */
function naive(scores: Float32Array, classes: number, low: Grid, target: Grid): (number | null)[] {
  const count = voxelCount(low.dims)
  const full = Array.from({ length: classes }, (_, c) => {
    const data = scores.subarray(c * count, (c + 1) * count)
    return resampleLinear({ ...low, data }, target).data
  })
  return Array.from({ length: voxelCount(target.dims) }, (_, n) => {
    const ranked = full.map((data, c) => [data[n], c]).sort((a, b) => b[0] - a[0])
    return ranked.length > 1 && ranked[0][0] - ranked[1][0] < 1e-5 ? null : ranked[0][1]
  })
}

const arbitrary = fc.record({ dims, affine, wanted: dims, classes: fc.integer({ min: 1, max: 6 }), seed: fc.nat() })

describe('upsampleArgmax', () => {
  it.each(['noise', 'regions'])('equals interpolating every class and taking the best (%s)', (kind) => {
    fc.assert(
      fc.property(arbitrary, ({ dims, affine, wanted, classes, seed }) => {
        const low: Grid = { dims, affine }
        const target = gridWithDims(low, wanted)
        const count = voxelCount(dims)
        const scores = noise(classes * count, seed)
        if (kind === 'regions') {
          // Neighbours along i agree in runs, so that the path without interpolation is taken too.
          for (let n = 0; n < count; n++) scores[(Math.floor(n / 3) % classes) * count + n] += 3
        }
        const result = upsampleArgmax(scores, classes, low, target)
        naive(scores, classes, low, target).forEach((label, n) => {
          if (label !== null) expect(result.data[n]).toBe(label)
        })
      }),
    )
  })

  it('finds a class that is best between voxels though best at none', () => {
    const low: Grid = { dims: [2, 1, 1], affine: [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]] } // prettier-ignore
    const scores = Float32Array.from([0.5, 0, 0, 0.5, 0.45, 0.45])
    expect([...upsampleArgmax(scores, 3, low, gridWithDims(low, [4, 1, 1])).data]).toEqual([0, 2, 2, 1])
  })

  it('is background beyond the coarse grid', () => {
    const low: Grid = { dims: [1, 1, 1], affine: [[2, 0, 0, 10], [0, 2, 0, 10], [0, 0, 2, 10]] } // prettier-ignore
    const target: Grid = { dims: [4, 1, 1], affine: [[1, 0, 0, 8.5], [0, 1, 0, 10], [0, 0, 1, 10]] } // prettier-ignore
    expect([...upsampleArgmax(Float32Array.of(0, 1), 2, low, target).data]).toEqual([0, 1, 1, 0])
  })

  it('refuses scores of another size', () => {
    const low: Grid = { dims: [2, 2, 2], affine: [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]] } // prettier-ignore
    expect(() => upsampleArgmax(new Float32Array(15), 2, low, low)).toThrow(RangeError)
  })
})
