import { identityAffine } from '../../../src/shared/geometry/affine'
import { describe, expect, it } from 'vitest'
import { byEpochs, byLabelType } from '../../../src/main/learning/caseOrder'
import type { PreparedCase } from '../../../src/main/learning/preparedCase'

const prepared = (id: string, annotated: number[], weight = 1): PreparedCase => ({
  id,
  dims: [1, 1, 1],
  spacing: [1, 1, 1],
  image: new Float32Array(1),
  labels: new Uint8Array(1),
  affine: identityAffine,
  padding: 0,
  seeds: [],
  annotated: Float32Array.from(annotated),
  weight,
})
const [full, left, right] = [
  [1, 1, 1],
  [1, 1, 0],
  [1, 0, 1],
]
const cases = [
  ...['a', 'b', 'c', 'd', 'e', 'f'].map((id) => prepared(id, full)),
  ...['g', 'h', 'i'].map((id) => prepared(id, left)),
  prepared('j', right),
]
const ids = (drawn: readonly PreparedCase[]): string => drawn.map((c) => c.id).join('')

describe('the order of cases', () => {
  it('shows an epoch every case once, or as often as its weight says', () => {
    const order = byEpochs([...cases, prepared('k', full, 2)], 4, 7)
    const epoch = [0, 1, 2].map((step) => ids(order.at(step))).join('')
    expect([...epoch].sort().join('')).toBe('abcdefghijkk')
    expect([3, 4, 5].map((step) => ids(order.at(step))).join('')).not.toBe(epoch)
  })

  it('keeps a batch to one label type, each as often as its share of the cases', () => {
    const order = byLabelType(cases, 3, 1)
    const counts = { full: 0, left: 0, right: 0 }
    const steps = 3000
    for (let step = 0; step < steps; step++) {
      const drawn = order.at(step)
      expect(drawn).toHaveLength(3)
      expect(new Set(drawn.map((c) => c.annotated.join())).size).toBe(1)
      const type = 'ghi'.includes(drawn[0].id) ? 'left' : drawn[0].id === 'j' ? 'right' : 'full'
      if (type === 'full') expect(new Set(drawn).size).toBe(3)
      counts[type]++
    }
    // Three standard deviations of a binomial count.
    for (const [type, share] of [
      ['full', 0.6],
      ['left', 0.3],
      ['right', 0.1],
    ] as const) {
      expect(Math.abs(counts[type] - share * steps)).toBeLessThan(3 * Math.sqrt(steps * share * (1 - share)))
    }
  })

  it('says the same of a step whenever it is asked', () => {
    const order = byLabelType(cases, 2, 5)
    const forward = [0, 1, 2, 3].map((step) => ids(order.at(step)))
    expect([3, 2, 1, 0].map((step) => ids(byLabelType(cases, 2, 5).at(step))).reverse()).toEqual(forward)
    expect([0, 1, 2, 3].map((step) => ids(byLabelType(cases, 2, 6).at(step)))).not.toEqual(forward)
  })

  it('goes by epochs where all cases annotate the same', () => {
    const same = cases.slice(0, 6)
    expect(ids(byLabelType(same, 4, 9).at(5))).toBe(ids(byEpochs(same, 4, 9).at(5)))
  })
})
