import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { changeIntensities, drawPlacement, noiseTable } from '../../../src/main/learning/augment'
import { recipeNamed } from '../../../src/main/learning/presets'
import type { Augmentation } from '../../../src/main/learning/recipe'
import { determinantOf } from '../../../src/shared/geometry/affine'
import { seededRandom } from '../../../src/shared/random'

const base = recipeNamed('abdomen', 'tiny').augmentation
const table = noiseTable(1)
const only = (changes: Partial<Augmentation>): Augmentation => ({
  ...base,
  intensityProbability: 1,
  brightness: 0,
  contrast: [1, 1],
  gamma: [1, 1],
  noise: 0,
  ...changes,
})
const changed = (augmentation: Augmentation, seed: number, values: Float32Array): Float32Array => {
  const patch = values.slice()
  changeIntensities(augmentation, patch, [patch.length, 1, 1], table, seededRandom(seed))
  return patch
}
const ramp = Float32Array.from({ length: 1001 }, (_, n) => -1 + n / 500)

describe('augmentation', () => {
  it('magnifies within its range, and mirrors only where it may', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const { rows } = drawPlacement(
          { ...base, affineProbability: 1 },
          [0, 0, 0],
          [8, 8, 8],
          [1, 2, 3],
          seededRandom(seed),
        )
        const [[a, b, c], [d, e, f], [g, h, i]] = rows
        const volume = determinantOf([
          [a, b, c, 0],
          [d, e, f, 0],
          [g, h, i, 0],
        ])
        expect(volume).toBeGreaterThanOrEqual(1 / 1.25 ** 3 - 1e-6)
        expect(volume).toBeLessThanOrEqual(1 / 0.8 ** 3 + 1e-6)
      }),
    )
  })

  it('keeps the middle of a patch in its place', () => {
    const { origin, rows } = drawPlacement(
      { ...base, affineProbability: 1, mirror: [true, true, true] },
      [3, 4, 5],
      [9, 7, 5],
      [1, 1, 2],
      seededRandom(8),
    )
    const middle = rows.map((row, axis) => origin[axis] + row[0] * 4 + row[1] * 3 + row[2] * 2)
    expect(middle[0]).toBeCloseTo(7)
    expect(middle[1]).toBeCloseTo(7)
    expect(middle[2]).toBeCloseTo(7)
  })

  it('keeps the order of intensities, and the ends under gamma', () => {
    const bent = changed(only({ gamma: [0.5, 0.5] }), 1, ramp)
    expect(bent[0]).toBeCloseTo(-1)
    expect(bent[1000]).toBeCloseTo(1)
    expect(bent[500]).toBeCloseTo(-1 + 2 * Math.SQRT1_2, 3)
    const all = changed(only({ gamma: [0.7, 1.5], contrast: [0.7, 1.3], brightness: 0.3 }), 2, ramp)
    for (let n = 1; n < all.length; n++) expect(all[n]).toBeGreaterThan(all[n - 1])
  })

  it('scales about the mean and shifts', () => {
    const scaled = changed(only({ contrast: [2, 2] }), 1, ramp)
    expect(scaled[0]).toBeCloseTo(-2)
    expect(scaled[500]).toBeCloseTo(0)
    const shifted = changed(only({ brightness: 0.5 }), 3, ramp)
    expect(shifted[700] - ramp[700]).toBeCloseTo(shifted[0] - ramp[0])
    expect(Math.abs(shifted[0] - ramp[0])).toBeLessThanOrEqual(0.5)
  })

  it('adds noise of at most the deviation, without a pattern between patches', () => {
    const flat = new Float32Array(100_000)
    const [a, b] = [1, 2].map((seed) => changed(only({ noise: 0.2 }), seed, flat))
    const deviation = (x: Float32Array) => Math.sqrt(x.reduce((sum, v) => sum + v * v, 0) / x.length)
    expect(deviation(a)).toBeGreaterThan(0)
    expect(deviation(a)).toBeLessThan(0.21)
    const correlation = a.reduce((sum, v, n) => sum + v * b[n], 0) / a.length / deviation(a) / deviation(b)
    expect(Math.abs(correlation)).toBeLessThan(0.02)
  })

  it('leaves a flat patch without numbers gone wrong', () => {
    expect(changed(only({ gamma: [0.5, 2] }), 1, new Float32Array(8).fill(3))).toEqual(new Float32Array(8).fill(3))
  })
})
