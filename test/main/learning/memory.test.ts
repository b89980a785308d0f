import { describe, expect, it } from 'vitest'
import {
  batchBytes,
  optimizerOf,
  requireTrainingMemory,
  runBytes,
  smallerPlan,
  stepOf,
  trainingBytes,
} from '../../../src/main/learning/memory'
import { recipeNamed } from '../../../src/main/learning/presets'
import { batchesHeld } from '../../../src/main/learning/batchThreads'
import { defaultDistillation, defaultSemi, forStudent } from '../../../src/main/learning/recipe'
import { totalStride, type NetworkConfig } from '../../../src/main/networks/network'

const GB = 2 ** 30
const tiny = recipeNamed('hippocampus', 'tiny')
const abdomen = recipeNamed('abdomen', 'tiny')
const configOf = (recipe: typeof tiny, outputChannels: number): NetworkConfig => ({
  ...recipe.network,
  inputChannels: 1,
  outputChannels,
})

describe('the step that a recipe is trained by', () => {
  it('has the optimizer of the recipe, with its own decay where the recipe says none', () => {
    const { optimizer } = tiny
    const decayOf = (kind: 'adam' | 'adamw' | 'sgd', weightDecay?: number): unknown[] => {
      const made = optimizerOf({ ...optimizer, kind, weightDecay })
      return [made.kind, made.weightDecay, made.kind === 'adam' && made.decoupled]
    }
    expect(decayOf('adam')).toEqual(['adam', 0, false])
    expect(decayOf('adam', 1e-4)).toEqual(['adam', 1e-4, false])
    expect(decayOf('adamw')).toEqual(['adam', 1e-2, true])
    expect(decayOf('sgd')).toEqual(['sgd', 3e-5, false])
    expect(decayOf('sgd', 0)).toEqual(['sgd', 0, false])
    const step = stepOf(configOf(tiny, 3), { ...tiny, optimizer: { ...optimizer, kind: 'adamw', weightDecay: 0.05 } })
    expect(step.optimizer).toMatchObject({ decoupled: true, weightDecay: 0.05 })
  })
})

describe('the memory that training takes', () => {
  it('is predicted near what was measured', () => {
    // Peak resident memory of three steps on the CPU, two threads.
    const off = (recipe: typeof tiny, classes: number, megabytes: number, threads = 0): number =>
      Math.abs(runBytes(configOf(recipe, classes), recipe, undefined, threads) / (megabytes * 2 ** 20) - 1)
    expect(off(tiny, 3, 625)).toBeLessThan(0.1)
    expect(off(abdomen, 15, 812)).toBeLessThan(0.1)
    // A mean teacher's network takes memory of its own.
    expect(off({ ...tiny, semi: defaultSemi }, 3, 843)).toBeLessThan(0.05)
    // Three threads that make its patches ahead took 83 MB more.
    expect(off({ ...tiny, semi: defaultSemi }, 3, 843 + 83, 3)).toBeLessThan(0.05)
  })

  it('holds every batch that is made ahead, with what teachers say of it, or a mean teacher and its student see', () => {
    const config = configOf(tiny, 3)
    const voxels = tiny.patch.reduce((product, n) => product * n, 1)
    const each = (recipe: typeof tiny): number =>
      (batchBytes(config, recipe, 4) - batchBytes(config, recipe, 0) - 4 * 16 * 2 ** 20) / (12 * voxels)
    expect(each(tiny)).toBe(8 * tiny.batch)
    expect(each(forStudent(tiny, defaultDistillation))).toBe((8 + 4 * 3) * tiny.batch)
    expect(each({ ...tiny, semi: { ...defaultSemi, batch: 3 } })).toBe(8 * tiny.batch + 12 * 3)
    const inStep = trainingBytes(stepOf(config, tiny))
    expect(runBytes(config, tiny, undefined, 2) - inStep).toBe(batchBytes(config, tiny, 2))
    expect([0, 1, 4].map(batchesHeld)).toEqual([1, 4, 13])
  })

  it('is asked for before anything starts, and a smaller plan offered', () => {
    const recipe = { ...abdomen, batch: 4 }
    const config = configOf(recipe, 15)
    const step = stepOf(config, recipe)
    expect(() => requireTrainingMemory(config, recipe, step, 16 * GB)).not.toThrow()
    const plan = smallerPlan(config, recipe, 0.7 * GB)
    expect(plan?.batch).toBe(1)
    expect(plan?.bytes).toBeLessThanOrEqual(0.7 * GB)
    const [k, j, i] = totalStride(config)
    plan?.patch.forEach((n, axis) => expect(n % [i, j, k][axis]).toBe(0))
    const fits = { ...recipe, batch: plan?.batch ?? 0, patch: plan?.patch ?? recipe.patch }
    expect(runBytes(config, fits)).toBe(plan?.bytes)
    try {
      requireTrainingMemory(config, recipe, step, 0.7 * GB)
      expect.unreachable()
    } catch (error) {
      expect(error).toMatchObject({
        message: expect.stringMatching(
          /^training by the recipe abdomen-tiny would take \d\.\d GB of memory, and 0\.7 GB/,
        ),
        hint: expect.stringMatching(/^a batch of 1 with patches of \d+x\d+x\d+ would take 0\.\d GB/),
      })
    }
    expect(smallerPlan(config, recipe, 0.1 * GB)).toBeNull()
    expect(() => requireTrainingMemory(config, recipe, step, 0.7 * GB, 'on cuda')).toThrow(/0\.7 GB are free on cuda$/)
  })
})
