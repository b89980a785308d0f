import { recipeForSchema, recipeNamed, type Preset } from '../presets'
import type { Recipe } from '../recipe'
import type { PretrainingMethod } from './plan'

/**
 * Recipes with the network that a method's own paper pre-trains, for the abdomen. `site` has such for positions alone, whose encoder
 * has five levels there; else what ships for the schema is pre-trained.
 */
const ofPapers: Readonly<Record<Preset, Partial<Readonly<Record<PretrainingMethod, string>>>>> = {
  tiny: {},
  site: { position: 'abdomen-two-stem' },
  paper: { genesis: 'abdomen-genesis', position: 'abdomen-two-stem', region: 'abdomen-region' },
}

/**
 * What is pre-trained for a schema where no recipe is named.
 * @throws EmendError where no recipe is known for the schema.
 */
export function recipeToPretrain(method: PretrainingMethod, schema: string, preset: Preset): Recipe {
  const own = schema === 'flare23' ? ofPapers[preset][method] : undefined
  return own === undefined ? recipeForSchema(schema, preset) : recipeNamed(own, preset)
}
