import { expect, it } from 'vitest'
import { KEYS, QUEUE } from '../../../../src/main/learning/pretraining/method'
import { Momentum } from '../../../../src/main/learning/pretraining/momentum'

const plan = { queue: 3, dimensions: 2, decay: 0.75 }
const step = (...keys: number[]): Record<string, Float32Array> => ({ [KEYS]: Float32Array.from(keys) })
const queueOf = (momentum: Momentum): number[] => [...(momentum.feeds()[QUEUE].data as Float32Array)]

it('the weights behind the keys keep as much of themselves as the decay says, and take the rest from the network', () => {
  const momentum = Momentum.start(plan, Float32Array.of(4, -8), 1)
  momentum.update(Float32Array.of(0, 8), step(1, 0))
  expect([...momentum.vectors()[0]]).toEqual([3, -4])
  momentum.update(Float32Array.of(0, 8), step(0, 1))
  expect([...momentum.vectors()[0]]).toEqual([2.25, -1])
})

it('the newest keys push the oldest out of the queue, and a restored one goes on alike', () => {
  const momentum = Momentum.start(plan, Float32Array.of(4, -8), 1)
  momentum.update(Float32Array.of(4, -8), step(1, 2, 3, 4))
  momentum.update(Float32Array.of(4, -8), step(5, 6, 7, 8))
  expect(queueOf(momentum)).toEqual([3, 4, 5, 6, 7, 8])
  const restored = Momentum.restore(plan, momentum.vectors())
  for (const one of [momentum, restored]) one.update(Float32Array.of(0, 0), step(9, 9))
  expect(queueOf(restored)).toEqual([5, 6, 7, 8, 9, 9])
  expect(restored.vectors()).toEqual(momentum.vectors())
})
