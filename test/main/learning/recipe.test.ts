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

  it('gives every network a patch that it can halve', () => {
    for (const recipe of recipeNames.flatMap((name) => presets.map((preset) => recipeNamed(name, preset)))) {
      const [k, j, i] = totalStride({ ...recipe.network, inputChannels: 1, outputChannels: 2 })
      const sizes = recipe.inference.kind === 'patch' ? [recipe.patch, recipe.inference.patch] : [recipe.patch]
      for (const [ni, nj, nk] of sizes) expect([ni % i, nj % j, nk % k], recipe.name).toEqual([0, 0, 0])
    }
  })

  it('never mirrors where left and right are different structures', () => {
    for (const preset of presets)
      expect(recipeNamed('abdomen', preset).augmentation.mirror).toEqual([false, false, false])
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
      const corrections = forCorrections(one)
      expect([corrections.distillation, corrections.semi]).toEqual([undefined, undefined])
      expect(corrections.length).toEqual({ unit: 'steps', steps: recipe.corrections.steps })
    }
  })

  it('says so where it knows no recipe', () => {
    expect(() => recipeNamed('knee', 'tiny')).toThrow(/no recipe 'knee'/)
    expect(() => recipeForSchema('knee', 'tiny')).toThrow(/schema 'knee'/)
  })
})
