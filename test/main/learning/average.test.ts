import { expect, it } from 'vitest'
import { updateAverage } from '../../../src/main/learning/average'

it('forgets the first weights soon, and smooths the last', () => {
  const average = Float32Array.of(100, 0)
  for (let step = 1; step <= 200; step++) updateAverage(average, Float32Array.of(1, step % 2 ? 4 : 2), 0.9, step)
  expect(average[0]).toBeCloseTo(1, 3)
  expect(Math.abs(average[1] - 3)).toBeLessThan(0.2)
})

it('is the weights themselves without decay', () => {
  const average = Float32Array.of(5, 5)
  updateAverage(average, Float32Array.of(1, 2), 0, 1)
  expect([...average]).toEqual([1, 2])
})
