import { EmendError } from '../src/shared/errors'
import { recipeNamed } from '../src/main/learning/presets'
import type { Recipe } from '../src/main/learning/recipe'

/** `whole`: the tiny recipe's own. `student`: wider, and at half resolution behind the first convolution, a third of the time. */
const networks: Readonly<Record<string, Recipe['network']>> = {
  whole: recipeNamed('hippocampus', 'tiny').network,
  student: { kind: 'unet', base: 24, maxChannels: 320, levels: 3, stemStride: 2 },
}

/** The tiny hippocampus recipe with one of the networks of the experiments. @throws EmendError where there is no such */
export function hippocampusRecipe(network: string): Recipe {
  if (!Object.hasOwn(networks, network)) {
    throw new EmendError(`there is no network '${network}'`, { hint: `there are ${Object.keys(networks).join(', ')}` })
  }
  return { ...recipeNamed('hippocampus', 'tiny'), network: networks[network] }
}
