import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { ownStructures } from '../../shared/labels/builtin'
import type { LabelSchema } from '../../shared/labels/schema'
import { INPUT, OUTPUT } from '../graph/inference'
import type { NamedParameters } from '../graph/parameters'
import { writeFileAtomic } from '../imaging/atomicFile'
import { encodeNetwork, outputStride, type NetworkConfig } from '../networks/network'
import { ModelManifest } from '../segmentation/manifest'
import type { Model } from '../segmentation/model'
import type { Recipe } from './recipe'

/** How a model is called, and what is said with it. */
export interface ModelIdentity {
  readonly name: string
  readonly version: number
  readonly title: string
  readonly licence: string
  readonly attribution: string
}

export interface TrainedNetwork {
  readonly identity: ModelIdentity
  readonly schema: LabelSchema
  readonly channels: readonly string[]
  readonly config: NetworkConfig
  readonly recipe: Recipe
  readonly seed: number
  /** 'name@version' of the model that training started from. */
  readonly parent: string | null
  /** All that the weights learned from, in this run and those before it. */
  readonly cases: ModelManifest['provenance']['cases']
  /** Looks first wherever the model is used; it is copied beside it. */
  readonly coarse: Model | null
  readonly createdAt: string
  /** What of a cross-validation was left out. */
  readonly fold?: ModelManifest['provenance']['fold']
}

/** Where a model's own coarse one lies. */
export const COARSE = 'coarse'

/**
 * A network leaves its logits as coarse as its first convolution made them: interpolating them once, to the image's own
 * grid, gives the same masks as interpolating them twice, and an eighth of the scores to hold where the stride is 2.
 */
const resolution = 'stem'

/** The manifest of a trained network, as `segmentation/` reads it: it preprocesses as the recipe did. */
export function manifestOf(trained: TrainedNetwork, scores?: ModelManifest['scores']): ModelManifest {
  const { identity, recipe, channels } = trained
  const [strideK, strideJ, strideI] = outputStride(trained.config)
  const own = ownStructures(trained.schema).filter(({ name }) => channels.includes(name))
  const offered = recipe.postprocess.largestComponent.filter((name) => channels.includes(name))
  return v.parse(ModelManifest, {
    format: 'emend-model/1',
    name: identity.name,
    version: identity.version,
    title: identity.title,
    schema: trained.schema.name,
    channels: [...channels],
    ...(own.length > 0 ? { structures: own } : {}),
    network: { ...trained.config },
    input: { name: INPUT, axes: 'kji' },
    output: { name: OUTPUT, kind: 'logits', stride: [strideI, strideJ, strideK] },
    preprocess: recipe.preprocess,
    inference: recipe.inference,
    postprocess: { largestComponent: offered },
    ...(trained.coarse ? { coarse: COARSE } : {}),
    provenance: {
      parent: trained.parent,
      cases: [...trained.cases],
      recipe: { ...recipe },
      seed: trained.seed,
      ...(trained.fold && { fold: trained.fold }),
      createdAt: trained.createdAt,
    },
    ...(scores ? { scores } : {}),
    licence: identity.licence,
    attribution: identity.attribution,
  })
}

/** Writes `network.onnx`, then `recipe.json` and `model.json`: a folder with a `model.json` is a whole model. */
export async function writeModel(folder: string, trained: TrainedNetwork, weights: NamedParameters): Promise<void> {
  await writeFileAtomic(
    join(folder, 'network.onnx'),
    encodeNetwork(trained.config, weights, { outputStride: resolution }),
  )
  if (trained.coarse) await copyCoarse(trained.coarse, join(folder, COARSE))
  await writeFileAtomic(join(folder, 'recipe.json'), JSON.stringify(trained.recipe, null, 2) + '\n')
  await writeManifest(folder, manifestOf(trained))
}

/** Copies a coarse model, which has none itself, to where the model that it looks first for has it. */
export async function copyCoarse({ networkPath, manifest }: Model, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  await writeFileAtomic(join(folder, 'network.onnx'), await readFile(networkPath))
  await writeManifest(folder, manifest)
}

export async function writeManifest(folder: string, manifest: ModelManifest): Promise<void> {
  await writeFileAtomic(join(folder, 'model.json'), JSON.stringify(manifest, null, 2) + '\n')
}
