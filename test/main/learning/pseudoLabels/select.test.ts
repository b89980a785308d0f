import { describe, expect, it } from 'vitest'
import { cleanLabels } from '../../../../src/main/learning/pseudoLabels/clean'
import type { CaseDoubts, StructureDoubt } from '../../../../src/main/learning/pseudoLabels/doubts'
import { selectCases } from '../../../../src/main/learning/pseudoLabels/select'
import type { LabelMap } from '../../../../src/main/imaging/volume'
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

describe('cleaning', () => {
  const [LIVER, LESION] = [1, 14]
  const dims = [40, 40, 40] as const
  const empty = (): LabelMap => ({
    dims,
    affine: [
      [2, 0, 0, 0],
      [0, 2, 0, 0],
      [0, 0, 2, 0],
    ],
    data: new Uint8Array(40 ** 3),
  })
  const cube = (labels: LabelMap, id: number, at: number, size: number): void => {
    for (let k = at; k < at + size; k++) {
      for (let j = at; j < at + size; j++) labels.data.fill(id, at + 40 * (j + 40 * k), at + size + 40 * (j + 40 * k))
    }
  }
  const count = ({ data }: LabelMap, id: number): number => data.reduce((n, label) => n + Number(label === id), 0)

  it('removes islands that are too small, of every structure', () => {
    const labels = empty()
    cube(labels, LIVER, 2, 6)
    cube(labels, LIVER, 20, 4)
    cube(labels, LESION, 3, 2)
    const cleaned = cleanLabels(labels, flare)
    expect(cleaned).toEqual({ islands: 64 + 8, strayLesions: 0 })
    expect(count(labels, LIVER)).toBe(6 ** 3 - 8)
    expect(count(labels, LESION)).toBe(0)
  })

  it('removes lesions far from every organ, and keeps those beside one', () => {
    const labels = empty()
    cube(labels, LIVER, 2, 8)
    cube(labels, LESION, 11, 5)
    cube(labels, LESION, 30, 5)
    // The first lesion begins 2 voxels off along each axis: 6.9 mm; the second lies beyond the abdomen's box.
    expect(cleanLabels(labels, flare, { leastVoxels: 100, lesionReachMm: 8 })).toEqual({
      islands: 0,
      strayLesions: 125,
    })
    expect(count(labels, LESION)).toBe(125)
    expect(cleanLabels(labels, flare, { leastVoxels: 100, lesionReachMm: 6 }).strayLesions).toBe(125)
  })

  it('calls no lesion stray where there are no organs', () => {
    const labels = empty()
    cube(labels, LESION, 11, 5)
    expect(cleanLabels(labels, flare)).toEqual({ islands: 0, strayLesions: 0 })
  })
})
