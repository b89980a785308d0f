import { describe, expect, it } from 'vitest'
import { bootstrapMean, pairedBootstrap } from '../../../../src/main/learning/metrics/bootstrap'
import { seededRandom } from '../../../../src/shared/random'

const normal = (count: number, mean: number, deviation: number, seed: number): number[] => {
  const random = seededRandom(seed)
  return Array.from({ length: count }, () => mean + deviation * random.normal())
}

describe('the bootstrap of a mean', () => {
  it('gives the interval that theory gives for many cases: 1.96 standard errors to either side', () => {
    const { mean, low, high } = bootstrapMean(normal(400, 3, 2, 1), { seed: 5 })
    const error = 2 / Math.sqrt(400)
    expect(Math.abs(mean - 3)).toBeLessThan(3 * error)
    expect(mean - low).toBeCloseTo(1.96 * error, 1)
    expect(high - mean).toBeCloseTo(1.96 * error, 1)
  })

  it('holds the true mean about as often as it says', () => {
    const held = Array.from({ length: 200 }, (_, trial) => {
      const { low, high } = bootstrapMean(normal(40, 0, 1, trial), { samples: 1000, seed: trial })
      return low <= 0 && 0 <= high
    }).filter(Boolean).length
    expect(held).toBeGreaterThan(0.88 * 200)
    expect(held).toBeLessThan(200)
  })

  it('is the same for a seed, and nearly the same for another', () => {
    const values = normal(20, 0.8, 0.1, 3)
    expect(bootstrapMean(values, { seed: 1 })).toEqual(bootstrapMean(values, { seed: 1 }))
    expect(bootstrapMean(values, { seed: 2 }).low).not.toBe(bootstrapMean(values, { seed: 1 }).low)
    expect(bootstrapMean(values, { seed: 2 }).low).toBeCloseTo(bootstrapMean(values, { seed: 1 }).low, 2)
  })

  it('is wider the more confident it is to be, and has no width where all cases agree', () => {
    const values = normal(20, 0.8, 0.1, 3)
    const width = (confidence: number): number => {
      const { low, high } = bootstrapMean(values, { confidence })
      return high - low
    }
    expect(width(0.99)).toBeGreaterThan(width(0.95))
    expect(bootstrapMean([0.5, 0.5, 0.5])).toEqual({ mean: 0.5, low: 0.5, high: 0.5 })
    expect(bootstrapMean([0.25])).toEqual({ mean: 0.25, low: 0.25, high: 0.25 })
  })

  it('refuses nothing, and what is not a number', () => {
    expect(() => bootstrapMean([])).toThrow(RangeError)
    expect(() => bootstrapMean([1, NaN])).toThrow(RangeError)
  })
})

describe('the paired bootstrap', () => {
  it('sees a small gain that the spread between cases hides', () => {
    const hard = normal(30, 0.7, 0.15, 4)
    const better = hard.map((score, n) => score + 0.01 + 0.005 * Math.sin(n))
    const gain = pairedBootstrap(better.map((score, n) => score - hard[n]))
    expect(gain.low).toBeGreaterThan(0)
    expect(bootstrapMean(hard).high).toBeGreaterThan(bootstrapMean(better).low)
  })
})
