import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Vec3 } from '../../../../src/shared/geometry/affine'
import { seededRandom } from '../../../../src/shared/random'
import type { PreparedImage } from '../../../../src/main/learning/pretraining/images'
import { drawElastic } from '../../../../src/main/learning/pretraining/elastic'
import { commonShare, drawOverlap, drawPoints, shownShare } from '../../../../src/main/learning/pretraining/overlap'
import { sampleView, type View } from '../../../../src/main/learning/pretraining/views'

const options = { leastShare: 1 / 8, scaling: 0.1 }
const size: Vec3 = [16, 24, 16]
const dims = fc.tuple(...[0, 1, 2].map(() => fc.integer({ min: 9, max: 60 })))
const seeds = fc.integer({ min: 0, max: 1e6 })

const place = (at: number, { start, step }: View): number[] => {
  const voxel = [at % size[0], Math.floor(at / size[0]) % size[1], Math.floor(at / (size[0] * size[1]))]
  return voxel.map((v, axis) => start[axis] + step[axis] * v)
}

describe('two overlapping views', () => {
  it('have an eighth in common at least, each scaled by a tenth at most', () => {
    const shares: number[] = []
    fc.assert(
      fc.property(dims, seeds, (image, seed) => {
        const pair = drawOverlap(image as unknown as Vec3, size, options, seededRandom(seed))
        const share = commonShare(pair, size)
        shares.push(share)
        expect(share).toBeGreaterThanOrEqual(1 / 8)
        for (const { step } of [pair.query, pair.key]) {
          expect(step[0]).toBeGreaterThanOrEqual(0.9)
          expect(step[0]).toBeLessThanOrEqual(1.1)
          expect([step[1], step[2]]).toEqual([step[0], step[0]])
        }
      }),
    )
    // They are not merely the same view twice.
    expect(Math.min(...shares)).toBeLessThan(0.4)
  })

  it('show corresponding points within half a diagonal of a voxel, in mm, and within the image', () => {
    const spacing = [0.8, 1.2, 2.5]
    const furthest = (1.1 / 2) * Math.hypot(...spacing)
    fc.assert(
      fc.property(dims, seeds, (image, seed) => {
        const random = seededRandom(seed)
        const pair = drawOverlap(image as unknown as Vec3, size, options, random)
        const points = drawPoints(pair, image as unknown as Vec3, size, 50, random)
        for (let n = 0; n < 50; n++) {
          const [a, b] = [place(points.query[n], pair.query), place(points.key[n], pair.key)]
          expect(Math.hypot(...a.map((x, axis) => (x - b[axis]) * spacing[axis]))).toBeLessThanOrEqual(furthest + 1e-9)
          a.forEach((x, axis) => {
            expect(x).toBeGreaterThanOrEqual(-0.56)
            expect(x).toBeLessThanOrEqual(image[axis] - 0.44)
          })
        }
      }),
    )
  })

  it('correspond also where one of them is bent', () => {
    const image: Vec3 = [50, 60, 50]
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = seededRandom(seed)
        const { query, key } = drawOverlap(image, size, options, random)
        const shift = drawElastic(size, { grid: 8, deviation: 2 }, random)
        const points = drawPoints({ query: { ...query, shift }, key }, image, size, 50, random)
        const voxels = size[0] * size[1] * size[2]
        const apart = [...points.query].map((at, n) => {
          const moved = place(at, query).map((x, axis) => x + query.step[axis] * shift[at + axis * voxels])
          return Math.max(...place(points.key[n], key).map((x, axis) => Math.abs(x - moved[axis])))
        })
        // Where little is in common, all hundred tries may be moved out of it.
        expect(apart.filter((x) => x <= 1.1 / 2 + 0.55).length).toBeGreaterThanOrEqual(48)
        expect(new Set(points.query).size).toBeGreaterThan(10)
      }),
    )
  })

  it('are compared at points that show something, of which they tell how much they have in common', () => {
    const image: Vec3 = [40, 40, 40]
    const isShown = ([x]: Vec3): boolean => x > 20
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = seededRandom(seed)
        const pair = drawOverlap(image, size, options, random)
        const share = shownShare(pair, image, size, isShown)
        const { query } = drawPoints(pair, image, size, 400, random, isShown)
        const inShown = [...query].filter((at) => place(at, pair.query)[0] > 20 - 0.56).length
        // Of 400 points, each tried a hundred times, one misses three tenths of the space once in 10^13, a tenth once in a hundred.
        if (share > 0.3) expect(inShown).toBe(400)
        if (share > 0.1) expect(inShown).toBeGreaterThan(380)
        expect(share === 0 || inShown > 0).toBe(true)
        expect(shownShare(pair, image, size, () => true)).toBe(1)
      }),
    )
  })

  it('show the same intensities at corresponding points', () => {
    const image: Vec3 = [40, 40, 40]
    const values = Float32Array.from(
      { length: 64_000 },
      (_, at) => (at % 40) + 2 * (Math.floor(at / 40) % 40) + at / 1600,
    )
    const from: PreparedImage = {
      id: 'a',
      dims: image,
      spacing: [1, 1, 1],
      image: values,
      low: 0,
      high: 200,
      weight: 1,
    }
    const random = seededRandom(4)
    const pair = drawOverlap(image, size, options, random)
    const points = drawPoints(pair, image, size, 100, random)
    const [query, key] = [pair.query, pair.key].map((view) => {
      const shown = new Float32Array(size[0] * size[1] * size[2])
      sampleView(from, size, view, shown)
      return shown
    })
    // The image is linear: half a voxel of the key along each axis is what it may be off.
    for (let n = 0; n < 100; n++) expect(Math.abs(query[points.query[n]] - key[points.key[n]])).toBeLessThan(0.56 * 4)
  })
})
