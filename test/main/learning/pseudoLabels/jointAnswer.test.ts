import { describe, expect, it } from 'vitest'
import { doubtsOf } from '../../../../src/main/learning/pseudoLabels/doubts'
import { joinAnswers, type Answer } from '../../../../src/main/learning/pseudoLabels/jointAnswer'
import { schemaNamed } from '../../../../src/shared/labels/builtin'

const flare = schemaNamed('flare23')
const [LIVER, SPLEEN, LESION] = [1, 3, 14]
const answer = (labels: number[], offers: number[] = [LIVER, SPLEEN, LESION], entropy = 0): Answer => {
  const known = new Uint8Array(256)
  for (const id of offers) known[id] = 1
  return { labels: Uint8Array.from(labels), entropy: new Float32Array(labels.length).fill(entropy), offers: known }
}
const labelsOf = (...answers: Answer[]): number[] => [...joinAnswers(answers, flare).labels]

describe('the vote of several models', () => {
  it('is what one says, where there is one', () => {
    const { labels, uncertainty } = joinAnswers([answer([0, LIVER, LESION], undefined, 0.25)], flare)
    expect([...labels]).toEqual([0, LIVER, LESION])
    expect([...uncertainty]).toEqual([0.25, 0.25, 0.25])
  })

  it('needs more than half, and is not known at just half', () => {
    expect(labelsOf(answer([LIVER, LIVER, 0]), answer([LIVER, 0, 0]))).toEqual([LIVER, 255, 0])
    expect(labelsOf(answer([LIVER, LIVER]), answer([LIVER, 0]), answer([SPLEEN, 0]))).toEqual([LIVER, 0])
  })

  it('does not take for background what all call something, each something else', () => {
    expect(labelsOf(answer([LIVER, LIVER]), answer([SPLEEN, 0]), answer([LESION, 0]))).toEqual([255, 0])
    const [liver, spleen] = [answer([LIVER]), answer([SPLEEN])]
    expect(labelsOf(liver, liver, spleen, spleen, answer([0]))).toEqual([255])
  })

  it('asks of a structure only those who know it', () => {
    const organs = answer([LIVER, LIVER, 0], [LIVER, SPLEEN])
    // Two models that know no lesion, and one that does: its vote alone decides, also over the organ.
    expect(labelsOf(organs, organs, answer([LESION, LIVER, LESION], [LESION, LIVER, SPLEEN]))).toEqual([
      LESION,
      LIVER,
      LESION,
    ])
    expect(labelsOf(organs, organs, answer([0, 0, 0], [LESION]))).toEqual([LIVER, LIVER, 0])
  })

  it('lets a majority for a lesion win over the organ that it lies in', () => {
    const three = [answer([LESION]), answer([LESION]), answer([LIVER])]
    expect(labelsOf(...three)).toEqual([LESION])
    expect(labelsOf(...three.reverse())).toEqual([LESION])
    expect(labelsOf(answer([LESION]), answer([LIVER]), answer([LIVER]))).toEqual([LIVER])
  })

  it('is doubtful where models are of another opinion, or undecided themselves', () => {
    const { uncertainty } = joinAnswers([answer([LIVER, LIVER]), answer([LIVER, LIVER]), answer([LIVER, 0])], flare)
    expect([...uncertainty].map((u) => Number(u.toFixed(4)))).toEqual([0, 0.3333])
    const sure = [answer([LIVER], undefined, 0.9), answer([LIVER], undefined, 0.5)]
    expect(joinAnswers(sure, flare).uncertainty[0]).toBeCloseTo(0.7)
    expect(() => joinAnswers([answer([1]), answer([1, 2])], flare)).toThrow(RangeError)
  })
})

describe('the doubt about a case', () => {
  it('is of entropy where there is one model, and of disagreement too where there are several', () => {
    const one = [answer([LIVER, LIVER, 0, SPLEEN], undefined, 0.2)]
    const alone = doubtsOf(one, joinAnswers(one, flare), flare)
    expect(alone.structures['liver']).toMatchObject({ voxels: 2, disagreement: null })
    expect(alone.structures['liver'].doubt).toBeCloseTo(0.2)
    expect(Object.keys(alone.structures)).toEqual(['liver', 'spleen', 'lesion'])

    const two = [answer([LIVER, LIVER, 0, SPLEEN]), answer([LIVER, 0, 0, SPLEEN])]
    const { liver, spleen } = doubtsOf(two, joinAnswers(two, flare), flare).structures
    // DSC of {0, 1} and {0}: 2/3.
    expect(liver.disagreement).toBeCloseTo(1 / 3)
    expect(liver.doubt).toBeCloseTo(1 / 6)
    expect(spleen.disagreement).toBe(0)
  })

  it('keeps organs and lesions apart, and says nothing of what nobody found', () => {
    const two = [answer([LIVER, LESION]), answer([LIVER, 0])]
    const doubts = doubtsOf(two, joinAnswers(two, flare), flare)
    expect(doubts.organs).toBe(0)
    expect(doubts.lesions).toBe(0.5)
    const none = [answer([0, 0]), answer([0, 0])]
    expect(doubtsOf(none, joinAnswers(none, flare), flare)).toMatchObject({ organs: null, lesions: null })
  })
})
