import { describe, expect, it } from 'vitest'
import { adam, adamW, nesterovSgd } from '../../../src/main/graph/optimizers'
import type { Optimizer } from '../../../src/main/graph/optimizers'
import { Trainer } from '../../../src/main/graph/trainer'
import { buildStep } from '../../../src/main/graph/trainingStep'
import type { StepGraph } from '../../../src/main/graph/trainingStep'
import { seededRandom } from '../../../src/shared/random'
import { askTorch, hasTorch } from '../../peers/torch'

const SIZE = 40
const random = seededRandom(5)
const start = Float32Array.from({ length: SIZE }, random.normal)
const targets = Float32Array.from({ length: SIZE }, random.normal)
const scales = Float32Array.from({ length: SIZE }, () => random.between(0.1, 3))
const learningRates = Array.from({ length: 25 }, (_, i) => 0.02 * (1 - i / 25) ** 0.9)

/** Minimises sum(scales (p - targets)^2), p in two tensors, so that clipping must see both as one vector. */
async function minimise(optimizer: Optimizer, clipNorm?: number): Promise<number[]> {
  const step: StepGraph = buildStep(
    (tape) => {
      const halves = [0, 1].map((i) => tape.parameter(`half.${i}`, [SIZE / 2], { value: 0 }))
      const away = tape.sub(tape.concat(halves, 0), tape.graph.floats(targets))
      const loss = tape.sum(tape.mul(tape.mul(away, away), tape.graph.floats(scales)), [0])
      return { loss, figures: { loss } }
    },
    { optimizer, clipNorm },
  )
  const halves = [start.slice(0, SIZE / 2), start.slice(SIZE / 2)]
  const trainer = await Trainer.open(step, new Map(halves.map((half, i) => [`half.${i}`, half])), { threads: 1 })
  for (const learningRate of learningRates) await trainer.run({}, learningRate)
  await trainer.close()
  return [...trainer.state().parameters]
}

const cases: [string, Optimizer, { kind: string; options: object }][] = [
  [
    'SGD with Nesterov momentum',
    nesterovSgd,
    { kind: 'sgd', options: { momentum: 0.99, nesterov: true, weight_decay: 3e-5 } },
  ],
  [
    'SGD with plain momentum',
    { kind: 'sgd', momentum: 0.9, nesterov: false, weightDecay: 0.01 },
    { kind: 'sgd', options: { momentum: 0.9, weight_decay: 0.01 } },
  ],
  ['Adam', adam, { kind: 'adam', options: {} }],
  ['Adam with L2', { ...adam, weightDecay: 0.05 }, { kind: 'adam', options: { weight_decay: 0.05 } }],
  ['AdamW', { ...adamW, weightDecay: 0.1 }, { kind: 'adamw', options: { weight_decay: 0.1 } }],
]

describe.skipIf(!hasTorch)('optimizers', () => {
  it('take the steps that torch.optim takes, with and without clipping', async () => {
    const runs = cases.flatMap((one) => [undefined, 1.5].map((clipNorm) => ({ one, clipNorm })))
    const answers = askTorch<{ parameters: number[] }>(
      runs.map(({ one: [, , peer], clipNorm }) => ({
        task: 'optimizer',
        ...peer,
        learningRates,
        clipNorm: clipNorm ?? null,
        start: [...start],
        scales: [...scales],
        targets: [...targets],
      })),
    )
    for (const [i, { one, clipNorm }] of runs.entries()) {
      const ours = await minimise(one[1], clipNorm)
      const off = answers[i].parameters.map((value, k) => Math.abs(ours[k] - value) / (1 + Math.abs(value)))
      expect(Math.max(...off), `${one[0]}, clipped to ${clipNorm}`).toBeLessThan(1e-5)
    }
  })
})

describe('optimizers', () => {
  it('go down to a minimum, each of them', async () => {
    for (const [, optimizer] of cases) {
      const distance = (p: ArrayLike<number>): number =>
        targets.reduce((sum, t, i) => sum + scales[i] * (p[i] - t) ** 2, 0)
      expect(distance(await minimise(optimizer))).toBeLessThan(distance(start))
    }
  })
})
