import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  contradictionsIn,
  usualAmongLessons,
  usualOnHoldOut,
  wrongLessons,
  type CaseScoresByName,
} from '../../../src/main/learning/contradictions'

const dscOf = (structure: string, values: readonly number[]): CaseScoresByName =>
  Object.fromEntries(values.map((dsc, n) => [`case-${n}`, { [structure]: { dsc } }]))

describe('labels that a model contradicts', () => {
  it('are those of which it gets less than half of what it does on the hold-out, the worst first', () => {
    const lessons = dscOf('liver', [0.9, 0.44, 0.1, 0.46])
    expect(contradictionsIn(lessons, usualOnHoldOut(dscOf('liver', [0.95, 0.85])))).toEqual([
      { case: 'case-2', structure: 'liver', dsc: 0.1 },
      { case: 'case-1', structure: 'liver', dsc: 0.44 },
    ])
  })

  it('are not looked for where the model does a structure badly, or nobody scored it', () => {
    const lessons = dscOf('tumour', [0, 0, 0])
    expect(contradictionsIn(lessons, usualOnHoldOut(dscOf('tumour', [0.9, 0.4])))).toEqual([])
    expect(contradictionsIn(lessons, usualOnHoldOut(dscOf('liver', [0.9])))).toEqual([])
  })

  it('are wrong lessons where at least three, and more than a third, contradict one structure', () => {
    const heldOut = usualOnHoldOut(dscOf('liver', [0.9]))
    const line = (values: readonly number[]) => {
      const lessons = dscOf('liver', values)
      return wrongLessons(contradictionsIn(lessons, heldOut), lessons)
    }
    expect(line([0, 0])).toBeNull()
    expect(line([0, 0, 0, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9])).toBeNull()
    expect(line([0, 0, 0, 0.9, 0.9, 0.9, 0.9, 0.9])).toMatch(/labels of liver .* contradicts in 3 of 8 new cases/)
  })

  it('show among the lessons themselves, where most of these are right; else nothing is judged', () => {
    const among = (values: readonly number[]) => {
      const lessons = dscOf('liver', values)
      return contradictionsIn(lessons, usualAmongLessons(lessons)).map((one) => one.dsc)
    }
    expect(among([0.9, 0.85, 0.8, 0.9, 0.3, 0.1, 0.2])).toEqual([0.1, 0.2, 0.3])
    expect(among([0.9, 0.85, 0.3, 0.1, 0.2])).toEqual([])
    expect(among([0.9, 0.6])).toEqual([])
  })

  it('never stop a model that follows what it was taught', () => {
    const followed = fc.array(fc.double({ min: 0.5, max: 1, noNaN: true }), { minLength: 1 })
    const heldOut = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1 })
    fc.assert(
      fc.property(followed, heldOut, (lessons, held) => {
        const scores = dscOf('liver', lessons)
        expect(wrongLessons(contradictionsIn(scores, usualOnHoldOut(dscOf('liver', held))), scores)).toBeNull()
      }),
    )
  })
})
