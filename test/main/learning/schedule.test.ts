import { describe, expect, it } from 'vitest'
import { recipeNamed } from '../../../src/main/learning/presets'
import { learningRateAt, progressOf, secondsLeft, temperatureAt } from '../../../src/main/learning/schedule'

const optimizer = { ...recipeNamed('abdomen', 'tiny').optimizer, learningRate: 1, warmupSteps: 4, decayPower: 0.9 }

describe('the schedule', () => {
  it('is done after so many steps, or so many minutes', () => {
    expect([0, 5, 10, 11].map((step) => progressOf({ unit: 'steps', steps: 10 }, step, 1e9))).toEqual([0, 0.5, 1, 1])
    const minutes = { unit: 'minutes', minutes: 2 } as const
    expect([0, 60, 120, 500].map((s) => progressOf(minutes, 3, s))).toEqual([0, 0.5, 1, 1])
  })

  it('rises over the first steps and falls to nothing', () => {
    const rates = Array.from({ length: 101 }, (_, step) => learningRateAt(optimizer, step, step / 100))
    expect(rates[0]).toBeCloseTo(0.2)
    expect(rates.slice(0, 5)).toEqual([...rates.slice(0, 5)].sort((a, b) => a - b))
    expect(rates.slice(4)).toEqual([...rates.slice(4)].sort((a, b) => b - a))
    expect(rates[50]).toBeCloseTo(0.5 ** 0.9)
    expect(rates[100]).toBe(0)
  })

  it('falls along a cosine where the recipe says so', () => {
    const cosine = { ...optimizer, decay: { kind: 'cosine' } as const }
    expect([0, 0.25, 0.5, 1].map((progress) => learningRateAt(cosine, 99, progress))).toEqual([
      1,
      expect.closeTo(0.853553, 6),
      expect.closeTo(0.5, 12),
      0,
    ])
  })

  it('is halved after each equal part of the run, and after the last no more', () => {
    const halving = { ...optimizer, decay: { kind: 'halving', parts: 4 } as const }
    const rates = [0, 0.24, 0.25, 0.5, 0.99, 1].map((progress) => learningRateAt(halving, 99, progress))
    expect(rates).toEqual([1, 1, 0.5, 0.25, 0.125, 0.125])
  })

  it('tells how long a run still takes', () => {
    expect(secondsLeft({ unit: 'steps', steps: 10 }, 4, 99, 2)).toBe(12)
    expect(secondsLeft({ unit: 'steps', steps: 10 }, 0, 0, 0)).toBeUndefined()
    expect(secondsLeft({ unit: 'minutes', minutes: 1 }, 4, 45, 2)).toBe(15)
  })

  it('warms distillation from 1 to 4 over the run', () => {
    expect([0, 0.5, 1, 2].map((progress) => temperatureAt(progress))).toEqual([1, 2.5, 4, 4])
  })
})
