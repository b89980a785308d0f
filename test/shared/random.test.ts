import { expect, it } from 'vitest'
import { seededRandom } from '../../src/shared/random'

const draw = (n: number, f: () => number): number[] => Array.from({ length: n }, f)

it('gives the same stream for the same seed and another for another', () => {
  const a = seededRandom(7)
  const b = seededRandom(7)
  const c = seededRandom(8)
  const first = draw(50, () => a.next())
  expect(draw(50, () => b.next())).toEqual(first)
  expect(draw(50, () => c.next())).not.toEqual(first)
})

it('forks a stream that does not depend on how much was drawn before', () => {
  const a = seededRandom(7)
  const b = seededRandom(7)
  draw(10, () => b.next())
  expect(draw(5, a.fork('noise').next)).toEqual(draw(5, b.fork('noise').next))
  expect(a.fork('noise').next()).not.toBe(a.fork('lesions').next())
})

it('is uniform: mean, variance and the counts of ten bins', () => {
  const random = seededRandom(1)
  const values = draw(100_000, () => random.next())
  const mean = values.reduce((s, x) => s + x, 0) / values.length
  const variance = values.reduce((s, x) => s + (x - mean) ** 2, 0) / values.length
  expect(mean).toBeCloseTo(0.5, 2)
  expect(variance).toBeCloseTo(1 / 12, 3)
  const bins = new Array<number>(10).fill(0)
  for (const x of values) bins[Math.floor(x * 10)] += 1
  for (const count of bins) expect(Math.abs(count - 10_000)).toBeLessThan(500)
})

it('draws normals with mean 0, variance 1 and normal tails', () => {
  const random = seededRandom(2)
  const values = draw(100_000, () => random.normal())
  expect(values.reduce((s, x) => s + x, 0) / values.length).toBeCloseTo(0, 1)
  expect(values.reduce((s, x) => s + x * x, 0) / values.length).toBeCloseTo(1, 1)
  expect(values.filter((x) => Math.abs(x) < 1).length / values.length).toBeCloseTo(0.6827, 2)
})

it('draws whole numbers below n, each of them', () => {
  const random = seededRandom(3)
  const seen = new Set(draw(1000, () => random.int(6)))
  expect([...seen].sort()).toEqual([0, 1, 2, 3, 4, 5])
})
