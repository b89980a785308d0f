import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { EmendError } from '../../shared/errors'
import { axisMapOfCodes } from '../../shared/geometry/orientation'
import { listCases } from '../library/cases'
import { newId } from '../library/ids'
import type { Library } from '../library/library'
import { listModels, modelNamed, modelReference, registerModel, type ModelVersion } from '../library/models'
import { INCOMING } from '../library/recover'
import type { Preprocess } from '../segmentation/manifest'
import { loadModel, modelId, offeredStructures, type Model } from '../segmentation/model'
import { COARSE, copyCoarse, writeManifest } from './exportModel'

type Chosen = Pick<ModelVersion, 'name' | 'version'>

/**
 * Makes a new version of a model of the library that looks only where another one finds something: the same network, with the
 * coarse model in its folder, in place of one that it had. It is not put to use, and has no scores: its parent's were taken without.
 * @throws EmendError in one line where the library lacks one of the two, or the one cannot be the other's coarse model
 */
export async function attachCoarse(library: Library, chosen: Chosen, coarse: Chosen): Promise<ModelVersion> {
  const rows = listModels(library)
  const loaded = async (one: Chosen): Promise<Model> => {
    const reference = modelReference(one)
    if (rows.some((row) => modelReference(row) === reference)) return loadModel(modelNamed(library, reference).folder)
    throw new EmendError(`the library has no model ${reference}`, { hint: "'emend library models' names them" })
  }
  const [fine, first] = [await loaded(chosen), await loaded(coarse)]
  requireCoarse(fine, first)
  requireNothingHeldOut(library, fine, first)
  const isKeptOut = rows.some((row) => row.name === chosen.name && row.version === chosen.version && row.state === 'kept-out') // prettier-ignore
  const folder = join(library.root, INCOMING + newId())
  try {
    // A card tells of scores, and the former coarse model's folder has the new one's name.
    const left = ['card.json', fine.manifest.coarse ?? COARSE].map((name) => join(fine.folder, name))
    await cp(fine.folder, folder, { recursive: true, filter: (path) => !left.includes(path) })
    await copyCoarse(first, join(folder, COARSE))
    await writeManifest(folder, withCoarse(fine, first))
    const verdict = `looks where ${modelId(first)} finds something${unsought(fine, first)}; not scored with it yet (attached by ${library.user})`
    return await registerModel(library, folder, { promoted: !isKeptOut, use: false, verdict })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** @throws EmendError in one line where a model cannot look first for another one. */
export function requireCoarse(fine: Model, coarse: Model): void {
  const why = obstacleOf(fine, coarse)
  if (why === null) return
  throw new EmendError(`${modelId(coarse)} cannot look first for ${modelId(fine)}: ${why}`, {
    hint: 'choose another one, that finds the same structures on a coarser grid',
  })
}

/** @throws EmendError where a coarse model has learned from what models are judged by, and the model has not. */
function requireNothingHeldOut(library: Library, fine: Model, coarse: Model): void {
  const learned = (model: Model): Set<string> => new Set(model.manifest.provenance.cases.map(({ id }) => id))
  const [own, its] = [learned(fine), learned(coarse)]
  const seen = listCases(library).find(({ id, role }) => role === 'hold-out' && its.has(id) && !own.has(id))
  if (!seen) return
  throw new EmendError(`${modelId(coarse)} has learned from ${seen.title}, which is held out`, {
    hint: 'choose another one: what models are judged by, none of them may have seen',
  })
}

function obstacleOf(fine: Model, coarse: Model): string | null {
  const { name, schema, preprocess } = fine.manifest
  if (coarse.manifest.name === name) return 'they are versions of one model'
  if (coarse.coarse) return `it has a coarse model itself, ${modelId(coarse.coarse)}`
  if (coarse.manifest.schema !== schema) return `it labels by the schema ${coarse.manifest.schema}, not ${schema}`
  if (shared(fine, coarse).length === 0) return 'it finds none of its structures'
  if (isFiner(coarse.manifest.preprocess, preprocess)) return 'it sees a finer grid'
  return null
}

/** The structures that both offer. */
function shared(fine: Model, coarse: Model): string[] {
  const found = offeredStructures(coarse).map(({ name }) => name)
  return offeredStructures(fine).flatMap(({ name }) => (found.includes(name) ? [name] : []))
}

/** What is lost where it lies further off than the region's margin. */
function unsought(fine: Model, coarse: Model): string {
  const both = shared(fine, coarse)
  const others = offeredStructures(fine).flatMap(({ name }) => (both.includes(name) ? [] : [name]))
  return others.length > 0 ? `, which does not look for ${others.join(', ')}` : ''
}

/** Whether a grid is known to be finer than another along some axis. An image's own grid counts as finer than any other. */
function isFiner(one: Preprocess, other: Preprocess): boolean {
  const [a, b] = [one.grid, other.grid]
  if (b.kind === 'native') return false
  if (a.kind === 'native') return true
  /** By the patient's axes: left to right, back to front, feet to head. */
  const along = ({ orientation }: Preprocess, values: readonly number[]): number[] => {
    const { world } = axisMapOfCodes(orientation)
    return [0, 1, 2].map((axis) => values[world.indexOf(axis)])
  }
  if (a.kind === 'spacing' && b.kind === 'spacing') {
    const than = along(other, b.mm)
    return along(one, a.mm).some((mm, axis) => mm < than[axis])
  }
  if (a.kind === 'size' && b.kind === 'size') {
    const than = along(other, b.voxels)
    return along(one, a.voxels).some((voxels, axis) => voxels > than[axis])
  }
  return false
}

/** The manifest of the new version: what the coarse model learned from counts as seen by both. */
function withCoarse(fine: Model, coarse: Model): Model['manifest'] {
  const { scores: _taken, ...manifest } = fine.manifest
  const { cases } = manifest.provenance
  const known = new Set(cases.map(({ id }) => id))
  const seen = coarse.manifest.provenance.cases.filter(({ id }) => !known.has(id))
  return {
    ...manifest,
    coarse: COARSE,
    provenance: {
      ...manifest.provenance,
      parent: modelId(fine),
      cases: [...cases, ...seen],
      createdAt: new Date().toISOString(),
    },
  }
}
