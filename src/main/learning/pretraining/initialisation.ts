import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { EmendError, oneLine } from '../../../shared/errors'
import { decodeCheckpoint, encodeCheckpoint } from '../../graph/checkpoint'
import { product } from '../../graph/graph'
import { unflatten, type NamedParameters, type ParameterSpec } from '../../graph/parameters'
import { writeFileAtomic } from '../../imaging/atomicFile'
import type { NetworkConfig } from '../../networks/network'
import type { Recipe } from '../recipe'
import { exists } from '../runFiles'
import { pretrainingMethods } from './plan'

/** `initialisation.json`: weights that were pre-trained without labels, and on what. */
const Description = v.strictObject({
  format: v.literal('emend-initialisation/1'),
  name: v.string(),
  method: v.picklist(pretrainingMethods),
  /** The plan of the run: network, patch, length, optimizer, the method's settings. */
  plan: v.record(v.string(), v.unknown()),
  seed: v.number(),
  steps: v.number(),
  loss: v.number(),
  /** Images that it learned from. */
  images: v.array(v.string()),
  createdAt: v.string(),
  attribution: v.string(),
})
export type Description = v.InferOutput<typeof Description>

export interface Initialisation {
  readonly description: Description
  readonly weights: NamedParameters
}

const descriptionPath = (folder: string): string => join(folder, 'initialisation.json')
const weightsPath = (folder: string): string => join(folder, 'weights.bin')

/** Whether a folder holds pre-trained weights, and no model. */
export const isInitialisation = (folder: string): Promise<boolean> => exists(descriptionPath(folder))

/**
 * Writes `weights.bin`, `recipe.json` (by which to train on as the method's paper does) and `initialisation.json`: a folder
 * with the last is whole.
 */
export async function writeInitialisation(
  folder: string,
  description: Description,
  fineTuning: Recipe,
  parameters: readonly ParameterSpec[],
  flat: Float32Array,
): Promise<void> {
  const state = { step: description.steps, parameters: flat, moments: [] }
  await writeFileAtomic(weightsPath(folder), encodeCheckpoint({ state, parameters, extra: null }))
  await writeFileAtomic(join(folder, 'recipe.json'), JSON.stringify(fineTuning, null, 2) + '\n')
  await writeFileAtomic(descriptionPath(folder), JSON.stringify(description, null, 2) + '\n')
}

/** @throws EmendError where the folder is damaged. */
export async function readInitialisation(folder: string): Promise<Initialisation> {
  try {
    const description = v.parse(Description, JSON.parse(await readFile(descriptionPath(folder), 'utf8')))
    const { state, parameters } = decodeCheckpoint(await readFile(weightsPath(folder)))
    let offset = 0
    const specs = parameters.map(({ name, shape }) => {
      const size = product(shape)
      offset += size
      return { name, shape, size, offset: offset - size, initial: { value: 0 }, frozen: false }
    })
    return { description, weights: unflatten(specs, state.parameters) }
  } catch (error) {
    throw new EmendError(`the initialisation in ${folder} cannot be used: ${oneLine(error)}`, { cause: error })
  }
}

const isHead = (name: string): boolean => /(^|\.)head\./.test(name)

/** The weights of one part, or of the whole where it is '', under another part's names. */
function moved(weights: NamedParameters, from: string, to: string): [string, Float32Array][] {
  return [...weights].flatMap(([name, data]): [string, Float32Array][] =>
    name.startsWith(from) ? [[to + name.slice(from.length), data]] : [],
  )
}

/**
 * Pre-trained weights under the names that they have in a network to be trained. What was on top of the features only to
 * pre-train them stays behind: every head but that of a positional encoder, which gives the encoding.
 * @throws EmendError where the method gives nothing for such a network.
 */
export function placedIn({ kind }: NetworkConfig, { description, weights }: Initialisation): Map<string, Float32Array> {
  const { method } = description
  const features = new Map([...weights].filter(([name]) => !isHead(name)))
  if (kind === 'two-stem') {
    if (method === 'position') return new Map(moved(weights, '', 'position.'))
    throw new EmendError(`a network with two stems takes a positional encoder, not what ${method} pre-trained`)
  }
  if (kind === 'joined') return method === 'region' ? features : new Map(moved(features, '', 'local.'))
  return new Map(moved(features, method === 'region' ? 'local.' : '', ''))
}
