import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { splitFold, type Fold } from '../../../src/main/learning/folds'
import { splitHoldOut } from '../../../src/main/learning/holdOut'
import type { CaseSource } from '../../../src/main/learning/trainingData'
import { blobCase } from './blobs'

const ids = (cases: readonly CaseSource[]): string[] => cases.map(({ id }) => id).sort()
const ofFold = (cases: readonly CaseSource[], fold: number, changes: Partial<Fold> = {}) =>
  splitFold(cases, { folds: 3, fold, seed: 1, ...changes })

/** Cases of up to seven known patients, and some whose patient is not known. */
const someCases = fc
  .array(fc.option(fc.integer({ min: 1, max: 7 }), { nil: undefined }), { minLength: 12, maxLength: 30 })
  .map((patients) => patients.map((patient, n) => blobCase(n, patient === undefined ? {} : { patient: `p${patient}` })))
  .filter((cases) => new Set(cases.map(({ id, patient }) => patient ?? id)).size >= 6)

describe('the folds of a cross-validation', () => {
  it('cover all cases, each in one fold, and no patient in two', () => {
    fc.assert(
      fc.property(someCases, fc.integer(), (cases, seed) => {
        const held = [1, 2, 3].map((fold) => ofFold(cases, fold, { seed }).holdOut.cases)
        expect(held.flatMap((fold) => ids(fold)).sort()).toEqual(ids(cases))
        const patients = held.map((fold) => new Set(fold.flatMap(({ patient }) => patient ?? [])))
        for (const [a, one] of patients.entries())
          for (const other of patients.slice(a + 1))
            expect([...one].filter((patient) => other.has(patient))).toEqual([])
        for (const [n, fold] of held.entries()) {
          const { training } = ofFold(cases, n + 1, { seed })
          expect([...ids(training), ...ids(fold)].sort()).toEqual(ids(cases))
        }
      }),
    )
  })

  it('never hold a case of the frozen hold-out, nor are learned from beside it', () => {
    fc.assert(
      fc.property(someCases, (cases) => {
        const frozen = splitHoldOut(cases, { name: 'frozen', cases: [cases[0].id, cases[5].id] })
        fc.pre(new Set(frozen.training.map(({ id, patient }) => patient ?? id)).size >= 3)
        for (const fold of [1, 2, 3]) {
          const { training, holdOut } = ofFold(frozen.training, fold)
          for (const { id } of frozen.holdOut.cases) expect(ids([...training, ...holdOut.cases])).not.toContain(id)
        }
      }),
    )
  })

  it('are the same for a seed, in whatever order the cases come, and as large as one another', () => {
    const cases = Array.from({ length: 20 }, (_, n) => blobCase(n))
    const parts = (given: readonly CaseSource[], seed: number) =>
      [1, 2, 3].map((fold) => ids(ofFold(given, fold, { seed }).holdOut.cases))
    expect(parts(cases.toReversed(), 4)).toEqual(parts(cases, 4))
    expect(parts(cases, 5)).not.toEqual(parts(cases, 4))
    expect(parts(cases, 4).map((fold) => fold.length)).toEqual([7, 7, 6])
  })

  it('are called by what is in them', () => {
    const cases = Array.from({ length: 6 }, (_, n) => blobCase(n))
    const nameOf = (given: readonly CaseSource[], fold: number): string => ofFold(given, fold).holdOut.name
    expect(nameOf(cases, 2)).toMatch(/^fold-2-of-3-[0-9a-f]{8}$/)
    expect(nameOf(cases, 2)).toBe(nameOf(cases.toReversed(), 2))
    expect(nameOf([...cases, blobCase(9), blobCase(10)], 2)).not.toBe(nameOf(cases, 2))
  })

  it('cannot be more than there are patients', () => {
    const cases = [1, 2, 3, 4].map((n) => blobCase(n, { patient: n < 3 ? 'one' : 'other' }))
    expect(() => ofFold(cases, 1)).toThrow(/of 2 patients, which cannot be split into 3 folds/)
  })
})
