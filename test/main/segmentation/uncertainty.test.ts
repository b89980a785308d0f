import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bestChannel, meanByChannel, normalisedEntropy } from '../../../src/main/segmentation/uncertainty'

const CLASSES = 4
const VOXELS = 5000

describe('uncertainty', () => {
  it('is the entropy of the softmax over the logarithm of the classes', () => {
    const logits = fc.array(fc.float({ min: -50, max: 50, noNaN: true }), { minLength: CLASSES, maxLength: CLASSES })
    fc.assert(
      fc.property(logits, (values) => {
        const exps = values.map((value) => Math.exp(value - Math.max(...values)))
        const sum = exps.reduce((a, b) => a + b)
        const entropy = exps.reduce((h, e) => (e > 0 ? h - (e / sum) * Math.log(e / sum) : h), 0) / Math.log(CLASSES)
        expect(normalisedEntropy(Float32Array.from(values), CLASSES, 'logits')[0]).toBeCloseTo(entropy, 5)
      }),
    )
  })

  it('is the same from probabilities as from the logits that they come from', () => {
    const logits = Float32Array.from({ length: CLASSES * VOXELS }, (_, n) => 3 * Math.sin(n * 12.9898))
    const probabilities = new Float32Array(logits.length)
    for (let v = 0; v < VOXELS; v++) {
      const exps = Array.from({ length: CLASSES }, (_, c) => Math.exp(logits[c * VOXELS + v]))
      const sum = exps.reduce((a, b) => a + b)
      exps.forEach((e, c) => (probabilities[c * VOXELS + v] = e / sum))
    }
    const a = normalisedEntropy(logits, CLASSES, 'logits')
    const b = normalisedEntropy(probabilities, CLASSES, 'probabilities')
    expect(Math.max(...a.map((value, n) => Math.abs(value - b[n])))).toBeLessThan(1e-5)
  })

  it('is 1 where every class is as likely, 0 where one is certain', () => {
    expect(normalisedEntropy(Float32Array.of(2, 2, 2), 3, 'logits')[0]).toBeCloseTo(1, 6)
    expect(normalisedEntropy(Float32Array.of(0, 1, 0), 3, 'probabilities')[0]).toBe(0)
  })

  it('is averaged over the voxels that a channel wins', () => {
    const scores = Float32Array.of(5, 0, 1, 5, 1, 9)
    const best = bestChannel(scores, 2)
    expect([...best]).toEqual([0, 1, 1])
    expect(meanByChannel(Float32Array.of(0.5, 0.25, 0.75), best, 3)).toEqual([0.5, 0.5, null])
  })
})
