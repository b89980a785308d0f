import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { grownHoldOut, LEAST_VERIFIED, type VerifiedIn } from '../../../src/main/learning/holdOutGrowth'

const names = ['liver', 'spleen', 'pancreas']
const casesOf = fc
  .array(fc.subarray(names, { minLength: 1 }), { maxLength: 60 })
  .map((all) => all.map((structures, n): VerifiedIn => ({ id: `case-${n}`, structures })))
const count = (cases: readonly VerifiedIn[], name: string): number =>
  cases.filter(({ structures }) => structures.includes(name)).length

describe('the hold-out', () => {
  it('has its share of every structure that enough cases are verified for', () => {
    fc.assert(
      fc.property(casesOf, fc.double({ min: 0, max: 0.5, noNaN: true }), (cases, share) => {
        const ids = new Set(grownHoldOut(cases, [], new Set(), share))
        const held = cases.filter(({ id }) => ids.has(id))
        for (const name of names) {
          const all = count(cases, name)
          expect(count(held, name)).toBeGreaterThanOrEqual(all < LEAST_VERIFIED ? 0 : Math.floor(share * all))
        }
        if (names.every((name) => count(cases, name) < LEAST_VERIFIED)) expect(held).toEqual([])
      }),
    )
  })

  it('only grows, takes nothing that was learned from, and does not hang on the order of cases', () => {
    fc.assert(
      fc.property(casesOf, fc.integer({ min: 0, max: 20 }), (cases, learned) => {
        const seen = new Set(cases.slice(0, learned).map(({ id }) => id))
        const first = grownHoldOut(cases, [], seen, 0.2)
        expect(first.filter((id) => seen.has(id))).toEqual([])
        expect(new Set(grownHoldOut([...cases].reverse(), [], seen, 0.2))).toEqual(new Set(first))
        const frozen = cases.filter(({ id }) => first.includes(id))
        const rest = cases.filter(({ id }) => !first.includes(id))
        // What is there suffices: nothing more is taken until more is verified.
        expect(grownHoldOut(rest, frozen, seen, 0.2).length).toBeLessThanOrEqual(seen.size)
        if (seen.size === 0) expect(grownHoldOut(rest, frozen, seen, 0.2)).toEqual([])
      }),
    )
  })
})
