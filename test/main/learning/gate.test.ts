import { describe, expect, it } from 'vitest'
import { judgeFirst, judgePaired } from '../../../src/main/learning/gate'

describe('the gate of a first model', () => {
  it('lets in whatever can be scored', () => {
    const verdict = judgeFirst({ a: { liver: { dsc: 0.5 }, spleen: { dsc: 0.7 } }, b: { liver: { dsc: 0.2 } } })
    expect(verdict).toEqual({
      promote: true,
      line: 'promoted: the first of its schema, mean DSC 0.400 over 2 cases',
      changes: [],
      contradictions: [],
    })
  })

  it('keeps a model out that could not be scored', () => {
    expect(judgeFirst({}).promote).toBe(false)
    expect(judgeFirst({ a: {} }).line).toBe('kept out: nothing could be scored on the hold-out')
  })
})

describe('the paired gate', () => {
  const cases = (values: Record<string, Record<string, number>>) =>
    Object.fromEntries(
      Object.entries(values).map(([id, scores]) => [
        id,
        Object.fromEntries(Object.entries(scores).map(([name, dsc]) => [name, { dsc }])),
      ]),
    )
  const ten = (of: (n: number) => Record<string, number>) =>
    cases(Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`case-${n}`, of(n)])))
  const before = ten((n) => ({ liver: 0.9 + n / 200, spleen: 0.8 }))

  it('promotes what is better on the mean and falls nowhere by more than the margin', () => {
    const verdict = judgePaired(
      before,
      ten((n) => ({ liver: 0.895 + n / 200, spleen: 0.85 })),
    )
    expect(verdict.promote).toBe(true)
    expect(verdict.line).toMatch(/^promoted: mean DSC changed by \+0\.02\d \(\+0\.02\d to \+0\.02\d\) over 10 cases/)
    expect(verdict.changes.map(({ structure, cases }) => [structure, cases])).toEqual([
      ['liver', 10],
      ['spleen', 10],
    ])
  })

  it('keeps out what falls by more than its margin on average, whatever that is', () => {
    const after = ten((n) => ({ liver: 0.87 + n / 200, spleen: 0.95 }))
    expect(judgePaired(before, after).line).toMatch(
      /^kept out: liver changed by -0\.030 \(-0\.030 to -0\.030\) .*its margin is 0\.02$/,
    )
    expect(judgePaired(before, after, { margins: { liver: 0.05 } }).promote).toBe(true)
  })

  it('keeps out what surely falls and perhaps by more than the margin', () => {
    // Every case a little worse, one much worse: 0.018 on average.
    const after = ten((n) => ({ liver: (n === 0 ? 0.78 : 0.895) + n / 200 - 0.002, spleen: 0.9 }))
    const { promote, changes } = judgePaired(before, after)
    expect(changes[0].change.mean).toBeGreaterThan(-0.02)
    expect(changes[0].change.high).toBeLessThan(0)
    expect(promote).toBe(false)
  })

  it('keeps out what is not better, what lost a structure and what could not be scored', () => {
    expect(judgePaired(before, before).line).toMatch(/which is not better$/)
    expect(
      judgePaired(
        before,
        ten(() => ({ liver: 1 })),
      ).line,
    ).toBe('kept out: it no longer does spleen')
    expect(judgePaired(before, {}).promote).toBe(false)
  })

  it('keeps out what does not follow the labels that it was taught, however well it does on the hold-out', () => {
    const after = ten(() => ({ liver: 0.95, spleen: 0.9 }))
    const lessons = (wrong: number) =>
      cases(Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`new-${n}`, { liver: n < wrong ? 0.1 : 0.9 }])))
    const refused = judgePaired(before, after, { lessons: lessons(4) })
    expect(refused).toMatchObject({
      promote: false,
      line: 'kept out: it was taught labels of liver that it contradicts in 4 of 9 new cases: read them again',
    })
    expect(refused.contradictions).toHaveLength(4)
    const told = judgePaired(before, after, { lessons: lessons(3) })
    expect(told.promote).toBe(true)
    expect(told.contradictions.map((one) => one.case)).toEqual(['new-0', 'new-1', 'new-2'])
  })

  it('promotes a first model, and says the same of the same scores', () => {
    expect(judgePaired({}, before).promote).toBe(true)
    const after = ten((n) => ({ liver: 0.9 + (n % 3) / 100, spleen: 0.83 }))
    expect(judgePaired(before, after, { seed: 4 })).toEqual(judgePaired(before, after, { seed: 4 }))
  })

  it('compares on what is left of a hold-out with damaged files, and promotes only where that is most of it', () => {
    const after = ten((n) => ({ liver: 0.92 + n / 200, spleen: 0.85 }))
    const missing = (titles: string[], of: number, lost: string[] = []) =>
      judgePaired(before, after, { missing: { titles, of, lost } })
    expect(missing(['Case 11'], 11).line).toMatch(/^promoted: .*; 1 held-out case of 11 could not be read \(Case 11\)$/)
    expect(missing(['Case 11', 'Case 12'], 12)).toMatchObject({
      promote: false,
      line: 'kept out: 2 of 12 held-out cases cannot be read (Case 11, Case 12): restore them from a backup',
    })
    expect(missing(['Case 11'], 11, ['pancreas']).line).toBe(
      'kept out: no held-out case of pancreas can be read (Case 11): restore it from a backup',
    )
  })
})
