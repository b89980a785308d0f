import { readFile } from 'node:fs/promises'
import { EmendError } from '../../shared/errors'
import { readInitializers } from '../graph/onnx'
import { inherit, type NamedParameters } from '../graph/parameters'
import { initialParameters, type NetworkConfig } from '../networks/network'
import type { ModelManifest } from '../segmentation/manifest'
import { loadModel, modelId } from '../segmentation/model'

export interface StartingWeights {
  readonly weights: NamedParameters
  /** 'name@version' of the model that they come from, null where they were drawn. */
  readonly parent: string | null
  /** The cases that went into them, those of the model's own ancestors included. */
  readonly cases: ModelManifest['provenance']['cases']
}

/**
 * Weights that training starts from: drawn from the seed, or those of a model wherever names and sizes agree. Where the
 * model's output channels are others, its head is not taken over, though its size may fit.
 * @param init folder of the model
 * @throws EmendError where the model's network shares no weight with the one to be trained.
 */
export async function startingWeights(
  config: NetworkConfig,
  channels: readonly string[],
  seed: number,
  init?: string,
): Promise<StartingWeights> {
  const drawn = initialParameters(config, seed)
  if (init === undefined) return { weights: drawn, parent: null, cases: [] }
  const model = await loadModel(init)
  const former = placed(readInitializers(await readFile(model.networkPath)), config, model.manifest.network.kind)
  if (channels.join() !== model.manifest.channels.join()) {
    for (const name of [...former.keys()].filter(isHead)) former.delete(name)
  }
  const { parameters, fresh } = inherit(drawn, former)
  if (fresh.length === drawn.size) {
    throw new EmendError(`the model in ${init} has no weights for the network that the recipe builds`, {
      hint: 'start from a model that Emend trained with a like recipe',
    })
  }
  return { weights: parameters, parent: modelId(model), cases: model.manifest.provenance.cases }
}

/** A network with two stems takes another network's weights as those of its positional encoder. */
function placed(
  weights: Map<string, Float32Array>,
  { kind }: NetworkConfig,
  formerKind: string,
): Map<string, Float32Array> {
  if (kind !== 'two-stem' || formerKind === 'two-stem') return weights
  return new Map([...weights].map(([name, data]) => [`position.${name}`, data]))
}

const isHead = (name: string): boolean => name.startsWith('head.')
