import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import * as v from 'valibot'
import obelisk from '../../../models/foreign/abdomen9-obelisk.json'
import { EmendError, oneLine } from '../../shared/errors'
import { fileFault } from '../../shared/fileFault'
import { schemaWith } from '../../shared/labels/builtin'
import { structureNamed, type LabelSchema, type Structure } from '../../shared/labels/schema'
import { ModelManifest } from './manifest'

/** A model folder, read and checked. The network itself is opened later, by `openNetwork`. */
export interface Model {
  readonly manifest: ModelManifest
  readonly schema: LabelSchema
  /** The schema's structure of each output channel, in channel order; null for background, and for what is withheld. */
  readonly channels: readonly (Structure | null)[]
  /** Looks first, and this one where it finds something; null where there is none. */
  readonly coarse: Model | null
  readonly folder: string
  readonly networkPath: string
}

/** Manifests for graphs made elsewhere, whose folders hold no `model.json`, by the SHA-256 of `network.onnx`. */
const foreignManifests: Readonly<Record<string, unknown>> = { [obelisk.networkSha256]: obelisk.manifest }

/**
 * Reads a model folder: `network.onnx` and `model.json`. Where `model.json` is missing, a graph that Emend knows by
 * its digest gets the manifest that ships for it.
 * @throws EmendError in one line: what is missing, or which field of the manifest is wrong.
 */
export async function loadModel(folder: string): Promise<Model> {
  const path = resolve(folder)
  const networkPath = join(path, 'network.onnx')
  if (!(await isFolder(path))) {
    throw new EmendError(`there is no model folder ${folder}`, {
      hint: 'a model is a folder that holds network.onnx and model.json',
    })
  }
  const network = await readFile(networkPath).catch(() => {
    throw new EmendError(`the model folder ${folder} has no network.onnx`, {
      hint: 'a model is a folder that holds network.onnx and model.json',
    })
  })
  const manifest = await readManifest(path, network)
  const coarse = manifest.coarse === undefined ? null : await loadCoarse(join(folder, manifest.coarse))
  return { ...resolveStructures(manifest, folder), manifest, coarse, folder: path, networkPath }
}

async function loadCoarse(folder: string): Promise<Model> {
  const coarse = await loadModel(folder)
  if (coarse.coarse) throw new EmendError(`the coarse model in ${folder} has a coarse model itself; it cannot`)
  return coarse
}

/**
 * Checks what a manifest file holds.
 * @throws EmendError naming `source` and the first field that is wrong, or that a newer Emend wrote it: a field that is not
 * known may change what the network is fed, so it is never passed over.
 */
export function parseManifest(value: unknown, source: string): ModelManifest {
  const result = v.safeParse(ModelManifest, value)
  if (result.success) return result.output
  const { what, hint } = fileFault(value, result.issues, 'emend-model/1')
  throw new EmendError(`${source} is no valid model manifest: ${what}`, { hint })
}

/** How a model is named in reports and provenance: 'name@version'. */
export function modelId({ manifest }: Pick<Model, 'manifest'>): string {
  return `${manifest.name}@${manifest.version}`
}

/** What tells models of one name apart: their weights, and a coarse model's. SHA-256 of the network's file, hexadecimal. */
export async function networkDigest({ networkPath, coarse }: Pick<Model, 'networkPath' | 'coarse'>): Promise<string> {
  const own = sha256(await readFile(networkPath))
  return coarse ? sha256(Buffer.from(`${own} ${await networkDigest(coarse)}`)) : own
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

/** What the model can segment, in channel order. Nothing else is offered. */
export function offeredStructures({ channels }: Pick<Model, 'channels'>): Structure[] {
  return channels.filter((structure) => structure !== null)
}

async function readManifest(folder: string, network: Uint8Array): Promise<ModelManifest> {
  const path = join(folder, 'model.json')
  const text = await readFile(path, 'utf8').catch(() => null)
  if (text === null) {
    const known = foreignManifests[sha256(network)]
    if (known) return parseManifest(known, 'the manifest that ships for this network')
    throw new EmendError(
      `the model folder ${folder} has no model.json, and its network.onnx is not one that Emend knows`,
      {
        hint: 'write model.json beside it; models/foreign holds an example',
      },
    )
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new EmendError(`${path} is not JSON: ${oneLine(error)}`)
  }
  return parseManifest(value, path)
}

function resolveStructures(manifest: ModelManifest, folder: string): Pick<Model, 'schema' | 'channels'> {
  const refuse = (error: unknown): never => {
    throw new EmendError(`the model ${manifest.name} in ${folder} does not fit its schema: ${oneLine(error)}`)
  }
  try {
    const schema = schemaWith(manifest.schema, manifest.structures ?? [])
    const { channels: names, withheld = [] } = manifest
    const channels = names.map((name, n) => (n === 0 || withheld.includes(name) ? null : structureNamed(schema, name)))
    const missing = manifest.postprocess.largestComponent.find((name) => !manifest.channels.includes(name))
    if (missing) throw new RangeError(`postprocess names '${missing}', which is not among its channels`)
    return { schema, channels }
  } catch (error) {
    return refuse(error)
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}
