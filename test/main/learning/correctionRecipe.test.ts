import { describe, expect, it } from 'vitest'
import { correctionRecipe } from '../../../src/main/learning/correctionRecipe'
import { manifestOf } from '../../../src/main/learning/exportModel'
import { parseRecipe, type Recipe } from '../../../src/main/learning/recipe'
import type { Model } from '../../../src/main/segmentation/model'
import { blobRecipe, schema } from './blobs'

const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j']
const recipe = blobRecipe(20, { corrections: { steps: 250, learningRate: 5e-4 } })

/** A model that learned from cases by a recipe. */
function learned(from: readonly string[], by: Recipe = recipe): Model {
  const manifest = manifestOf({
    identity: { name: 'blobs', version: 1, title: 'Blobs', licence: 'CC0-1.0', attribution: 'made up' },
    schema,
    channels: ['background', ...schema.structures.map(({ name }) => name)],
    config: { ...by.network, inputChannels: 1, outputChannels: 3 },
    recipe: by,
    seed: 1,
    parent: null,
    cases: from.map((id) => ({ id, revision: null })),
    coarse: null,
    createdAt: '2026-01-02T03:04:05.000Z',
  })
  return { manifest, schema, channels: [], coarse: null, folder: '', networkPath: '' }
}

const verified = (cases: readonly string[]) => cases.map((id) => ({ row: { id } }))

const rateOf = ({ optimizer }: Recipe): number => optimizer.learningRate

describe('the recipe of a turn', () => {
  it('has small steps where a model may forget: what it learned from is not at hand', () => {
    const made = correctionRecipe(learned(['elsewhere', 'phantom-1']), verified(ids))
    expect([rateOf(made), made.length]).toEqual([5e-4, { unit: 'steps', steps: 250 }])
    expect(rateOf(correctionRecipe(learned([]), verified(ids)))).toBe(5e-4)
    expect(rateOf(correctionRecipe(learned(ids), verified(ids.slice(2))))).toBe(5e-4)
  })

  it('has those of the first training where nearly all is learned again, turn after turn, but in a short turn', () => {
    const made = correctionRecipe(learned(ids), verified([...ids.slice(1), 'new']), 200)
    expect([rateOf(made), made.length]).toEqual([1e-2, { unit: 'steps', steps: 200 }])
    const next = learned([...ids, 'new'], parseRecipe(JSON.parse(JSON.stringify(made)), 'the turn before'))
    expect(rateOf(correctionRecipe(next, verified([...ids, 'new', 'newer'])))).toBe(1e-2)
    expect(rateOf(correctionRecipe(next, verified(['newer'])))).toBe(5e-4)
    expect(rateOf(correctionRecipe(next, verified([...ids, 'new']), 199))).toBe(5e-4)
  })
})
