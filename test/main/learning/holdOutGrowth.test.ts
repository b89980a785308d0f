import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { grownHoldOut, LEAST_VERIFIED, type VerifiedIn } from '../../../src/main/learning/holdOutGrowth'

const names = ['liver', 'spleen', 'pancreas']
const casesOf = fc
  .array(fc.tuple(fc.subarray(names, { minLength: 1 }), fc.nat(2)), { maxLength: 60 })
  .map((all) => all.map(([structures, absent], n) => verifiedIn(`case-${n}`, structures, structures.slice(absent))))
const count = (cases: readonly VerifiedIn[], name: string): number =>
  cases.filter(({ structures }) => structures.includes(name)).length

/** A case that stands for itself unless a patient is named. */
function verifiedIn(id: string, structures: readonly string[], present = structures, patient = id): VerifiedIn {
  return { id, patient, structures, present }
}
const numbered = (n: number, make: (at: number) => VerifiedIn): VerifiedIn[] =>
  Array.from({ length: n }, (_, at) => make(at))

describe('the hold-out', () => {
  it('has cases that show a rare structure, not only those that lack it', () => {
    const cases = numbered(40, (n) => verifiedIn(`case-${n}`, ['lesion'], n < 4 ? ['lesion'] : []))
    const held = grownHoldOut(cases, [], new Set(), 0.2)
    expect(held).toHaveLength(8)
    expect(cases.filter(({ id, present }) => held.includes(id) && present.length > 0)).toHaveLength(1)
    // One that was chosen before grows by what it lacks.
    const frozen = cases.slice(20, 28)
    expect(
      grownHoldOut(
        cases.filter((one) => !frozen.includes(one)),
        frozen,
        new Set(),
        0.2,
      ),
    ).toEqual([expect.stringMatching(/^case-[0-3]$/)])
    expect(grownHoldOut(cases, [], new Set(), 0)).toEqual([])
  })

  it('takes all of a patient’s cases or none, and none of a patient who was learned from', () => {
    const cases = numbered(30, (n) => verifiedIn(`case-${n}`, ['liver'], ['liver'], `patient ${Math.floor(n / 3)}`))
    const learned = new Set(['patient 0', 'case-3'])
    const held = grownHoldOut(cases, [], learned, 0.2)
    expect(held).toHaveLength(6)
    const patients = new Set(cases.filter(({ id }) => held.includes(id)).map(({ patient }) => patient))
    expect(patients.size).toBe(2)
    expect([...patients].filter((one) => one === 'patient 0' || one === 'patient 1')).toEqual([])
  })

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
