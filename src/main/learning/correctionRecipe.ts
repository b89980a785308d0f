import { EmendError } from '../../shared/errors'
import { modelId, type Model } from '../segmentation/model'
import { forCorrections, parseRecipe, withLength, type Recipe } from './recipe'

/** From this share on of the cases that a model learned from, learning them again counts as learning all again. */
const ALL_AGAIN = 0.9
/** In fewer steps a model does not find back from steps as large as the first training's (`docs/results.md`). */
const LEAST_FULL_STEPS = 200

/** Of a verified case, which one it is. */
interface Taught {
  readonly row: { readonly id: string }
}

/**
 * How a model that Emend trained is trained on by verified cases, for as many steps as its recipe says where these are left
 * out.
 * @throws EmendError where the model was not trained by Emend.
 */
export function correctionRecipe(model: Model, verified: readonly Taught[], steps?: number): Recipe {
  const { network, provenance } = model.manifest
  if (network.kind === 'foreign') {
    throw new EmendError(`${modelId(model)} cannot be trained on: its network was made elsewhere`, {
      hint: 'choose a model that Emend trained',
    })
  }
  const known = provenance.cases
  const here = new Set(verified.map(({ row }) => row.id))
  const again = known.length > 0 && known.filter(({ id }) => here.has(id)).length >= ALL_AGAIN * known.length
  const recipe = parseRecipe(provenance.recipe, `of ${modelId(model)}`)
  const taken = steps ?? recipe.corrections.steps
  return withLength(forCorrections(recipe, again && taken >= LEAST_FULL_STEPS), { unit: 'steps', steps: taken })
}
