import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { presets, recipeForSchema, recipeNamed, recipeNames } from '../../../src/main/learning/presets'
import {
  defaultDistillation,
  defaultSemi,
  forCorrections,
  forStudent,
  parseRecipe,
} from '../../../src/main/learning/recipe'
import { totalStride } from '../../../src/main/networks/network'

describe('recipes', () => {
  it('ships every recipe in every preset', () => {
    for (const name of recipeNames) {
      for (const preset of presets) expect(recipeNamed(name, preset).name).toBe(`${name}-${preset}`)
    }
  })

  it('reads those that results were made by', () => {
    const folder = join(import.meta.dirname, '../../../resources/recipes')
    for (const file of readdirSync(folder)) {
      const path = join(folder, file)
      expect(`${parseRecipe(JSON.parse(readFileSync(path, 'utf8')), path).name}.json`).toBe(file)
    }
    expect(readdirSync(folder)).not.toEqual([])
  })

  it('gives every network a patch that it can halve', () => {
    for (const recipe of recipeNames.flatMap((name) => presets.map((preset) => recipeNamed(name, preset)))) {
      const [k, j, i] = totalStride({ ...recipe.network, inputChannels: 1, outputChannels: 2 })
      const sizes = recipe.inference.kind === 'patch' ? [recipe.patch, recipe.inference.patch] : [recipe.patch]
      for (const [ni, nj, nk] of sizes) expect([ni % i, nj % j, nk % k], recipe.name).toEqual([0, 0, 0])
    }
  })

  it("trains in the preset 'paper' as the papers' tables say", () => {
    const said = (name: string): unknown => {
      const { batch, patch, length, optimizer, preprocess } = recipeNamed(name, 'paper')
      const { kind, learningRate, decay } = optimizer
      return { batch, patch, length, optimizer: [kind, learningRate, decay?.kind ?? 'polynomial'], ...preprocess }
    }
    const cube = (n: number): number[] => [n, n, n]
    const lapn = {
      batch: 1,
      patch: cube(192),
      length: { steps: 1000 * 250 },
      optimizer: ['adam', 1e-4, 'cosine'],
      grid: { mm: cube(1) },
    }
    for (const name of ['abdomen', 'abdomen-two-stem']) {
      expect(said(name)).toMatchObject({ ...lapn, intensity: { kind: 'linear', clamp: [-500, 700] } })
    }
    const windowed = { batch: 2, intensity: { kind: 'z-score', clamp: [-325, 325] } }
    expect(said('abdomen-inception')).toMatchObject({
      ...windowed,
      patch: cube(192),
      optimizer: ['sgd', 0.001, 'halving'],
    })
    expect(said('abdomen-coarse')).toMatchObject({
      ...windowed,
      patch: cube(160),
      optimizer: ['sgd', 0.01, 'halving'],
    })
    const nnunet = ['sgd', 0.01, 'polynomial']
    const merge = { batch: 4, patch: [192, 192, 32], grid: { mm: [1.5, 1.5, 2.5] }, length: { steps: 1200 * 250 } }
    expect(said('abdomen-merge-max')).toMatchObject({ ...merge, optimizer: nnunet })
    const genesis = { batch: 2, patch: [160, 160, 112], grid: { mm: cube(1.8) }, length: { steps: 2000 * 250 } }
    expect(said('abdomen-genesis')).toMatchObject({ ...genesis, optimizer: nnunet })
    const organs = { batch: 2, patch: [192, 160, 56], grid: { mm: [0.8, 0.8, 2.5] }, length: { steps: 1000 * 250 } }
    expect(said('abdomen-thick')).toMatchObject({ ...organs, optimizer: nnunet })
    expect(recipeNamed('abdomen-thick', 'paper').inference).toMatchObject({ step: 1 })
    expect(said('abdomen-region')).toMatchObject({ grid: { mm: [1, 1, 2.5] }, optimizer: ['adam', 1e-4, 'cosine'] })
  })

  it('maps the whole window of the LAPN paper to -1 to 1', () => {
    const { intensity } = recipeNamed('abdomen', 'paper').preprocess
    if (intensity.kind !== 'linear') throw new Error('z-scored')
    const mapped = intensity.clamp.map((hu) => ((hu ?? NaN) + intensity.offset) * intensity.scale)
    expect(mapped).toEqual([expect.closeTo(-1, 12), expect.closeTo(1, 12)])
  })

  it('never mirrors where left and right are different structures', () => {
    for (const preset of presets)
      expect(recipeNamed('abdomen', preset).augmentation.mirror).toEqual([false, false, false])
  })

  it("changes patches by nnU-Net's whole list where a run is long enough, and mirrors what has no side", () => {
    for (const name of recipeNames) {
      const { augmentation } = recipeNamed(name, 'site')
      expect(augmentation, name).toMatchObject({
        affineProbability: 0.2,
        elastic: { probability: 0.2 },
        blur: { probability: 0.2 },
        lowResolution: { probability: 0.25 },
      })
      expect(augmentation.mirror, name).toEqual([name === 'hippocampus', false, false])
      expect(recipeNamed(name, 'tiny').augmentation.elastic, name).toBeUndefined()
    }
  })

  it('takes a decay of the weights, and no negative one', () => {
    const recipe = recipeNamed('hippocampus', 'tiny')
    const decayed = { ...recipe, optimizer: { ...recipe.optimizer, kind: 'adamw', weightDecay: 1e-4 } }
    expect(parseRecipe(JSON.parse(JSON.stringify(decayed)), 'mine.json').optimizer).toEqual(decayed.optimizer)
    const negative = { ...recipe, optimizer: { ...recipe.optimizer, weightDecay: -1 } }
    expect(() => parseRecipe(negative, 'mine.json')).toThrow(/optimizer\.weightDecay/)
  })

  it('says which field of a file is wrong', () => {
    const recipe = recipeNamed('hippocampus', 'tiny')
    const broken = { ...recipe, optimizer: { ...recipe.optimizer, learningRate: -1 } }
    expect(() => parseRecipe(broken, 'mine.json')).toThrow(/mine\.json is not valid: optimizer\.learningRate/)
  })

  it('survives being written and read', () => {
    const recipe = recipeForSchema('flare23', 'site')
    expect(parseRecipe(JSON.parse(JSON.stringify(recipe)), 'recipe.json')).toEqual(recipe)
  })

  it('leaves a student, and who learned beside images without labels, trainable by corrections alone', () => {
    const recipe = recipeNamed('head-neck', 'tiny')
    const student = forStudent(recipe, defaultDistillation)
    expect(student).toMatchObject({ partialLabels: 'ignore', distillation: { temperature: [1, 4], softWeight: 1 } })
    for (const one of [student, { ...recipe, semi: defaultSemi }]) {
      const corrections = forCorrections(one, false)
      expect([corrections.distillation, corrections.semi]).toEqual([undefined, undefined])
      expect(corrections.length).toEqual({ unit: 'steps', steps: recipe.corrections.steps })
    }
  })

  it('says so where it knows no recipe', () => {
    expect(() => recipeNamed('knee', 'tiny')).toThrow(/no recipe 'knee'/)
    expect(() => recipeForSchema('knee', 'tiny')).toThrow(/schema 'knee'/)
  })
})
