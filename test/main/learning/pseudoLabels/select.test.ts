import { describe, expect, it } from 'vitest'
import type { CaseDoubts, StructureDoubt } from '../../../../src/main/learning/pseudoLabels/doubts'
import { selectCases } from '../../../../src/main/learning/pseudoLabels/select'
import { schemaNamed } from '../../../../src/shared/labels/builtin'

const flare = schemaNamed('flare23')
const doubt = (value: number): StructureDoubt => ({ voxels: 1, entropy: value, disagreement: null, doubt: value })
const doubts = (organs: number | null, lesions: number | null, stomach = 0): CaseDoubts => ({
  structures: { stomach: doubt(stomach), lesion: doubt(lesions ?? 0) },
  organs,
  lesions,
})

describe('the selection of cases', () => {
  const all = { a: doubts(0.3, 0.1), b: doubts(0.1, 0.4, 0.8), c: doubts(0.2, null), d: doubts(null, 0.05) }

  it('takes those that are surest about organs, and the lesions of the surest of them', () => {
    const choices = selectCases(all, flare, { keep: 3, keepLesions: 1, reject: 2 })
    expect(Object.keys(choices).filter((name) => choices[name].kept)).toEqual(['a', 'b', 'c'])
    expect(choices['a'].erased).toEqual([])
    expect(choices['b'].erased).toEqual(['lesion'])
    expect(choices['c'].erased).toEqual(['lesion'])
  })

  it('keeps all where no number is given, and nothing found comes last', () => {
    expect(Object.values(selectCases(all, flare, { reject: 2 })).every((c) => c.kept && c.erased.length === 0)).toBe(
      true,
    )
    expect(selectCases(all, flare, { keep: 3, reject: 2 })['d'].kept).toBe(false)
  })

  it('rejects single structures that are too doubtful', () => {
    const choices = selectCases(all, flare, { reject: 0.4 })
    expect(choices['b'].rejected).toEqual(['stomach', 'lesion'])
    expect(choices['a'].rejected).toEqual([])
    // What is erased is known not to be learned, and so not rejected as well.
    expect(selectCases(all, flare, { keepLesions: 0, reject: 0.4 })['b'].rejected).toEqual(['stomach'])
  })
})
