import { EmendError } from '../src/shared/errors'
import { recipeNamed } from '../src/main/learning/presets'
import type { Recipe } from '../src/main/learning/recipe'

/** Wider than the tiny recipes' own, and at half resolution behind the first convolution: a third of the time. */
const student: Recipe['network'] = { kind: 'unet', base: 24, maxChannels: 320, levels: 3, stemStride: 2 }

/** A schema's tiny recipe with its own network (`whole`) or the experiments' fast one (`student`). @throws EmendError where there is no such */
export function tinyRecipe(schema: string, network: string): Recipe {
  const recipe = recipeNamed(schema, 'tiny')
  if (network === 'whole') return recipe
  if (network === 'student') return { ...recipe, network: student }
  throw new EmendError(`there is no network '${network}'`, { hint: 'there are whole, student' })
}
