import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { EmendError } from '../../shared/errors'
import { readInitializers } from '../graph/onnx'
import { inherit, type NamedParameters } from '../graph/parameters'
import { initialParameters, type NetworkConfig } from '../networks/network'
import type { ModelManifest } from '../segmentation/manifest'
import { loadModel, modelId, type Model } from '../segmentation/model'
import { isInitialisation, placedIn, readInitialisation } from './pretraining/initialisation'

/** What became of the weights of the model, or of the pre-trained ones, that training starts from; names of weights. */
export interface Inherited {
  /** 'name@version' of the model, or the name of the initialisation. */
  readonly from: string
  readonly taken: readonly string[]
  /** Of the network: drawn from the seed. */
  readonly fresh: readonly string[]
  /** Of what was to be inherited, under the names that they would have here: not used. */
  readonly left: readonly string[]
}

export interface StartingWeights {
  readonly weights: NamedParameters
  /** 'name@version' of the model that they come from, null where they were drawn. */
  readonly parent: string | null
  /** The cases that went into them, those of the model's own ancestors included. */
  readonly cases: ModelManifest['provenance']['cases']
  readonly inherited: Inherited | null
  /** The coarse model of the model that they come from. */
  readonly coarse: Model | null
}

/** Weights of another network, under the names that they have in the one to be trained. */
interface Former {
  readonly id: string
  readonly weights: Map<string, Float32Array>
  readonly cases: ModelManifest['provenance']['cases']
  readonly coarse: Model | null
}

/**
 * Weights that training starts from: drawn from the seed, or those of a model, or pre-trained ones, wherever names and
 * sizes agree. Where the model's output channels are others, its head is not taken over, though its size may fit; where
 * there are only more of them, the head grows: known channels keep their weights, and the new ones are drawn.
 * @param init folder of the model, or of what `pretrain` wrote
 * @throws EmendError where it shares no weight with the network to be trained.
 */
export async function startingWeights(
  config: NetworkConfig,
  channels: readonly string[],
  seed: number,
  init?: string,
): Promise<StartingWeights> {
  const drawn = initialParameters(config, seed)
  if (init === undefined) return { weights: drawn, parent: null, cases: [], inherited: null, coarse: null }
  const former = (await isInitialisation(init))
    ? await pretrained(init, config)
    : await fromModel(init, config, channels, drawn)
  const { parameters, fresh } = inherit(drawn, former.weights)
  if (fresh.length === drawn.size) {
    throw new EmendError(`the model in ${init} has no weights for the network that the recipe builds`, {
      hint: 'start from a model that Emend trained with a like recipe',
    })
  }
  const missing = new Set(fresh)
  const taken = [...drawn.keys()].filter((name) => !missing.has(name))
  const left = [...former.weights.keys()].filter((name) => missing.has(name) || !drawn.has(name))
  return {
    weights: parameters,
    parent: former.id,
    cases: former.cases,
    inherited: { from: former.id, taken, fresh, left },
    coarse: former.coarse,
  }
}

/** What tells starting weights apart, wherever they came from: SHA-256 of names and values, hexadecimal. */
export function weightsDigest(weights: NamedParameters): string {
  const hash = createHash('sha256')
  for (const [name, { buffer, byteOffset, byteLength }] of weights) {
    hash.update(`${name}:${byteLength};`).update(new Uint8Array(buffer, byteOffset, byteLength))
  }
  return hash.digest('hex')
}

async function fromModel(
  init: string,
  config: NetworkConfig,
  channels: readonly string[],
  drawn: NamedParameters,
): Promise<Former> {
  const model = await loadModel(init)
  const weights = placed(readInitializers(await readFile(model.networkPath)), config, model.manifest.network.kind)
  const before = model.manifest.channels
  if (channels.join() !== before.join()) {
    const grows = before.every((name) => channels.includes(name))
    for (const name of [...weights.keys()].filter(isHead)) {
      const head = grows ? grownHead(weights.get(name), before, drawn.get(name), channels) : null
      if (head) weights.set(name, head)
      else weights.delete(name)
    }
  }
  return { id: modelId(model), weights, cases: model.manifest.provenance.cases, coarse: model.coarse }
}

/**
 * Weights of a head that has all the channels it had and some more: a row for each channel, the new ones as drawn. null
 * where the rows do not fit.
 */
function grownHead(
  former: Float32Array | undefined,
  before: readonly string[],
  drawn: Float32Array | undefined,
  channels: readonly string[],
): Float32Array | null {
  if (!former || !drawn) return null
  const row = former.length / before.length
  if (!Number.isInteger(row) || row * channels.length !== drawn.length) return null
  const head = drawn.slice()
  channels.forEach((name, channel) => {
    const was = before.indexOf(name)
    if (was >= 0) head.set(former.subarray(was * row, (was + 1) * row), channel * row)
  })
  return head
}

async function pretrained(init: string, config: NetworkConfig): Promise<Former> {
  const initialisation = await readInitialisation(init)
  const { name, images } = initialisation.description
  const cases = images.map((id) => ({ id, revision: null }))
  return { id: `${name}@1`, weights: placedIn(config, initialisation), cases, coarse: null }
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

/** 'from liver@3: encoder, decoder taken over; head drawn anew': weights by the part of the network that they are of. */
export function describeInherited({ from, taken, fresh, left }: Inherited): string {
  const parts = (names: readonly string[]): string => [...new Set(names.map(partOf))].join(', ')
  return [
    `from ${from}: ${parts(taken)} taken over (${taken.length} weights)`,
    ...(fresh.length > 0 ? [`${parts(fresh)} drawn anew (${fresh.length})`] : []),
    ...(left.length > 0 ? [`${parts(left)} not used (${left.length})`] : []),
  ].join('; ')
}

/** 'local.encoder.0.1.weight' is of 'local.encoder': all before the first number, or before the weight itself. */
function partOf(name: string): string {
  const words = name.split('.')
  const number = words.findIndex((word) => /^\d+$/.test(word))
  return words.slice(0, number > 0 ? number : -1).join('.')
}
