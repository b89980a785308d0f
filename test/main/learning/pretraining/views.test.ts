import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Vec3 } from '../../../../src/shared/geometry/affine'
import { seededRandom } from '../../../../src/shared/random'
import { drawElastic } from '../../../../src/main/learning/pretraining/elastic'
import type { PreparedImage } from '../../../../src/main/learning/pretraining/images'
import { sampleRegions } from '../../../../src/main/learning/pretraining/region'
import { anywhere, nearestVoxels, sampleView } from '../../../../src/main/learning/pretraining/views'

const dims: Vec3 = [20, 18, 16]
const size: Vec3 = [12, 10, 8]
const voxels = size[0] * size[1] * size[2]
const slope = [2, -3, 5]

/** An image that rises evenly along each axis, so that interpolation is exact. */
const linear: PreparedImage = {
  id: 'linear',
  dims,
  spacing: [1, 1, 1],
  image: Float32Array.from({ length: dims[0] * dims[1] * dims[2] }, (_, at) => {
    return slope[0] * (at % 20) + slope[1] * (Math.floor(at / 20) % 18) + slope[2] * Math.floor(at / 360)
  }),
  low: -51,
  high: 113,
  weight: 1,
}
const seeds = fc.integer({ min: 0, max: 1e6 })
const voxel = (at: number): number[] => [at % size[0], Math.floor(at / size[0]) % size[1], Math.floor(at / 120)]

describe('a view', () => {
  it('shows what lies at each of its voxels, moved as it says, and the lowest value beyond the image', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = seededRandom(seed)
        const shift = drawElastic(size, { grid: 5, deviation: 2 }, random)
        const view = {
          start: [random.int(10), random.int(10), random.int(10)] as const,
          step: [1.1, 0.9, 1] as const,
          shift,
        }
        const [shown, inside] = [new Float32Array(voxels), new Float32Array(voxels)]
        sampleView(linear, size, view, shown, inside)
        const nearest = nearestVoxels(dims, size, view)
        for (let at = 0; at < voxels; at++) {
          const where = voxel(at).map((v, axis) => view.start[axis] + view.step[axis] * (v + shift[at + axis * voxels]))
          const within = where.every((x, axis) => x >= 0 && x <= dims[axis] - 1)
          expect(inside[at]).toBe(within ? 1 : 0)
          const truth = where.reduce((sum, x, axis) => sum + slope[axis] * x, 0)
          expect(Math.abs(shown[at] - (within ? truth : linear.low))).toBeLessThan(1e-3)
          if (within) expect(Math.abs(linear.image[nearest[at]] - truth)).toBeLessThanOrEqual(5.001)
        }
      }),
      { numRuns: 20 },
    )
  })

  it('lies anywhere in an image, and about a smaller one', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { start } = anywhere([20, 7, 8], [12, 10, 8], seededRandom(seed))
        expect(start[0]).toBeGreaterThanOrEqual(0)
        expect(start[0]).toBeLessThanOrEqual(8)
        expect(start[1]).toBeLessThanOrEqual(0)
        expect(start[1]).toBeGreaterThanOrEqual(-3)
        expect(Math.abs(start[2])).toBe(0)
      }),
    )
  })
})

describe('an elastic movement', () => {
  it('is smooth: neighbours stay neighbours in their order, and nothing moves further than it may', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const shift = drawElastic(size, { grid: 8, deviation: 2 }, seededRandom(seed))
        expect(Math.max(...shift.map(Math.abs))).toBeLessThanOrEqual(4)
        for (const [axis, stride] of [1, 12, 120].entries()) {
          for (let at = 0; at < voxels - stride; at++) {
            if (voxel(at)[axis] === size[axis] - 1) continue
            const apart = 1 + shift[at + stride + axis * voxels] - shift[at + axis * voxels]
            if (!(apart > 0)) expect.fail(`voxels ${at} and ${at + stride} change places`)
          }
        }
      }),
      { numRuns: 20 },
    )
  })
})

describe('sampled regions', () => {
  it('are voxels of the same region on either side, of as many regions as there are', () => {
    const regionOf = Int32Array.from({ length: linear.image.length }, (_, at) => Math.floor((at % 20) / 4))
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = seededRandom(seed)
        const first = anywhere(dims, size, random)
        const second = { ...first, shift: drawElastic(size, { grid: 6, deviation: 2 }, random) }
        const [image, view] = [first, second].map((one) => nearestVoxels(dims, size, one))
        const { points, viewPoints, valid } = sampleRegions(
          { regionOf, count: 5 },
          image,
          view,
          { count: 7, samples: 9 },
          random,
        )
        const there = valid.reduce((a, b) => a + b, 0)
        expect(there).toBeGreaterThanOrEqual(2)
        expect(there).toBeLessThanOrEqual(5)
        const seen = new Set<number>()
        for (let n = 0; n < there; n++) {
          const region = regionOf[image[points[n * 9]]]
          seen.add(region)
          for (let at = n * 9; at < (n + 1) * 9; at++) {
            expect(regionOf[image[points[at]]]).toBe(region)
            expect(regionOf[view[viewPoints[at]]]).toBe(region)
          }
        }
        expect(seen.size).toBe(there)
      }),
      { numRuns: 50 },
    )
  })
})
