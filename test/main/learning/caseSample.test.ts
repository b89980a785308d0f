import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sampleCases, type Weighed } from '../../../src/main/learning/caseSample'

const weighed = (n: number, shows: readonly string[], share = 0.1): Weighed => ({
  id: `case-${n}`,
  at: new Date(Date.UTC(2026, 0, 1 + n)).toISOString(),
  shows,
  share,
})

describe('the sample of cases', () => {
  it('is all of them where they fit', () => {
    const cases = [weighed(1, ['liver']), weighed(2, [])]
    expect(sampleCases(cases, 1, 1)).toEqual(cases)
  })

  it('keeps the newest and whatever is rare', () => {
    // Of forty old cases two show the lesion; ten fit.
    const cases = Array.from({ length: 40 }, (_, n) =>
      weighed(n, n === 5 || n === 17 ? ['liver', 'lesion'] : ['liver']),
    )
    for (const seed of [1, 2, 3]) {
      const ids = sampleCases(cases, 1.001, seed).map(({ id }) => id)
      expect(ids).toHaveLength(10)
      expect(ids).toEqual(expect.arrayContaining(['case-5', 'case-17', 'case-39', 'case-38', 'case-37']))
    }
    const other = (seed: number): string[] => sampleCases(cases, 1.001, seed).map(({ id }) => id)
    expect(other(1)).toEqual(other(1))
    expect(other(1)).not.toEqual(other(2))
  })

  it('is one case at least, else never more than fits, none twice and in order', () => {
    const arbitrary = fc.array(
      fc.record({
        shows: fc.subarray(['liver', 'spleen', 'lesion']),
        share: fc.double({ min: 0.01, max: 2, noNaN: true }),
      }),
      { minLength: 1, maxLength: 40 },
    )
    fc.assert(
      fc.property(arbitrary, fc.nat(), (drawn, seed) => {
        const cases = drawn.map(({ shows, share }, n) => weighed(n, shows, share))
        const sample = sampleCases(cases, 1, seed)
        expect(sample.length).toBeGreaterThan(0)
        if (sample.length > 1) expect(sample.reduce((sum, { share }) => sum + share, 0)).toBeLessThanOrEqual(1 + 1e-9)
        expect(sample).toEqual(cases.filter((one) => sample.includes(one)))
      }),
    )
  })
})
