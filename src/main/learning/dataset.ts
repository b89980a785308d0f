import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import * as v from 'valibot'
import { EmendError, oneLine } from '../../shared/errors'
import { schemaWith } from '../../shared/labels/builtin'
import { BACKGROUND, NOT_ANNOTATED, Structure, structureNamed, type LabelSchema } from '../../shared/labels/schema'
import { loadNifti } from '../imaging/nifti'
import type { LabelMap, Volume } from '../imaging/volume'
import { requireSameGrid, type CaseSource } from './trainingData'

/** The part of nnU-Net's `dataset.json` that Emend reads, and what it adds: `schema`, `structures`, `annotated`. */
const DatasetFile = v.looseObject({
  /** Structure names to voxel values, as nnU-Net 2 has it; version 1 has them the other way round. */
  labels: v.record(v.string(), v.union([v.number(), v.string()])),
  channel_names: v.optional(v.record(v.string(), v.string())),
  /** Name of the label schema. */
  schema: v.optional(v.string()),
  /** What a site added to that schema. */
  structures: v.optional(v.array(Structure)),
  /** Structures that were looked for, by case; a case that is not listed is fully annotated. */
  annotated: v.optional(v.record(v.string(), v.array(v.string()))),
})
type DatasetFile = v.InferOutput<typeof DatasetFile>

export interface Dataset {
  readonly folder: string
  readonly schema: LabelSchema
  readonly cases: readonly CaseSource[]
  /** Images without labels. */
  readonly unlabelled: readonly { readonly id: string; readonly path: string }[]
}

const suffix = '.nii.gz'

/**
 * Reads which cases a folder holds. Two layouts: nnU-Net's (`imagesTr/CASE_0000.nii.gz`, `labelsTr/CASE.nii.gz`,
 * `imagesUn/`, `dataset.json`), and plain `images/CASE.nii.gz` with `labels/CASE.nii.gz`. Without a `dataset.json`
 * voxel values are the schema's ids. Voxels are read, and checked, only when a case is loaded.
 * @param options.schema name of the label schema; without it `dataset.json` has to name one
 * @throws EmendError where the folder, its description or a label file is missing or does not fit the schema.
 */
export async function readDataset(folder: string, options: { readonly schema?: string } = {}): Promise<Dataset> {
  const description = await readDescription(folder)
  const schemaName = options.schema ?? description?.schema
  if (!schemaName) {
    throw new EmendError(`${folder} does not say which label schema it uses`, {
      hint: 'name it with --schema, or as "schema" in dataset.json',
    })
  }
  const schema = wholeSchema(schemaName, description, join(folder, 'dataset.json'))
  const toSchema = description ? labelTable(description, schema, join(folder, 'dataset.json')) : identityTable(schema)

  const nnunet = (await listCases(join(folder, 'imagesTr'))) !== null
  const imageFolder = join(folder, nnunet ? 'imagesTr' : 'images')
  const labelFolder = join(folder, nnunet ? 'labelsTr' : 'labels')
  const images = await listCases(imageFolder)
  const labels = await listCases(labelFolder)
  if (!images || !labels) {
    throw new EmendError(`${folder} is not a data set: there is no ${basename(images ? labelFolder : imageFolder)}`, {
      hint: "it needs nnU-Net's imagesTr and labelsTr, or images and labels",
    })
  }
  const ids = images.map((id) => (nnunet ? withoutChannel(id, imageFolder) : id))
  requirePairs(ids, labels, imageFolder, labelFolder)
  requireKnownCases(description?.annotated ?? {}, ids, schema, join(folder, 'dataset.json'))

  const cases = ids.map((id, at): CaseSource => {
    const imagePath = join(imageFolder, images[at] + suffix)
    const labelPath = join(labelFolder, id + suffix)
    const load = async (): Promise<{ image: Volume; labels: LabelMap }> => {
      const image = (await loadNifti(imagePath)).volume
      const raw = (await loadNifti(labelPath)).volume
      requireSameGrid(image, raw, imagePath, labelPath)
      return { image, labels: { ...raw, data: translate(raw, toSchema, labelPath) } }
    }
    return { id, revision: null, annotated: description?.annotated?.[id] ?? null, load }
  })
  const unlabelledFolder = join(folder, 'imagesUn')
  const unlabelled = ((await listCases(unlabelledFolder)) ?? []).map((file) => ({
    id: withoutChannel(file, unlabelledFolder),
    path: join(unlabelledFolder, file + suffix),
  }))
  return { folder, schema, cases, unlabelled }
}

function wholeSchema(name: string, description: DatasetFile | null, source: string): LabelSchema {
  try {
    return schemaWith(name, description?.structures ?? [])
  } catch (error) {
    throw new EmendError(`${source}: ${oneLine(error)}`)
  }
}

/** Structures that were looked for, by case, as the `dataset.json` in a folder says; cases that it does not list have all. */
export async function annotatedStructures(folder: string): Promise<Readonly<Record<string, readonly string[]>>> {
  return (await readDescription(folder))?.annotated ?? {}
}

async function readDescription(folder: string): Promise<DatasetFile | null> {
  const path = join(folder, 'dataset.json')
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch {
    return null
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new EmendError(`${path} is not JSON: ${oneLine(error)}`)
  }
  const result = v.safeParse(DatasetFile, value)
  if (!result.success) {
    const issue = result.issues[0]
    throw new EmendError(`${path} is not valid: ${v.getDotPath(issue) ?? 'the file'}: ${issue.message}`)
  }
  const channels = Object.keys(result.output.channel_names ?? { '0': '' }).length
  if (channels !== 1) throw new EmendError(`${path} has ${channels} image channels; Emend trains on one`)
  return result.output
}

/** File names of a folder without their suffix, sorted; null where there is no such folder. */
async function listCases(folder: string): Promise<string[] | null> {
  try {
    const names = await readdir(folder)
    return names
      .filter((name) => name.endsWith(suffix) && !name.startsWith('.'))
      .map((name) => name.slice(0, -suffix.length))
      .sort()
  } catch {
    return null
  }
}

function withoutChannel(name: string, folder: string): string {
  const match = /^(.+)_(\d{4})$/.exec(name)
  if (!match) throw new EmendError(`${join(folder, name + suffix)} is not named CASE_0000${suffix}`)
  if (match[2] !== '0000') {
    throw new EmendError(`${join(folder, name + suffix)} is a second channel; Emend trains on one`)
  }
  return match[1]
}

function requirePairs(ids: readonly string[], labels: readonly string[], imageFolder: string, labelFolder: string) {
  const labelled = new Set(labels)
  const unlabelled = ids.find((id) => !labelled.has(id))
  if (unlabelled !== undefined) {
    throw new EmendError(
      `there are no labels for ${unlabelled}: ${join(labelFolder, unlabelled + suffix)} is missing`,
      {
        hint: 'images without labels belong in imagesUn',
      },
    )
  }
  const imaged = new Set(ids)
  const orphan = labels.find((id) => !imaged.has(id))
  if (orphan !== undefined) {
    throw new EmendError(`${join(labelFolder, orphan + suffix)} has no image of that name in ${imageFolder}`)
  }
}

function requireKnownCases(
  annotated: Readonly<Record<string, readonly string[]>>,
  ids: readonly string[],
  schema: LabelSchema,
  source: string,
): void {
  for (const [id, names] of Object.entries(annotated)) {
    if (!ids.includes(id)) throw new EmendError(`${source} lists '${id}' as annotated, but there is no such case`)
    for (const name of names) namedIn(schema, name, source)
  }
}

function namedIn(schema: LabelSchema, name: string, source: string): number {
  try {
    return structureNamed(schema, name).id
  } catch (error) {
    throw new EmendError(`${source}: ${oneLine(error)}`)
  }
}

/** Voxel value in the file -> id of the schema. */
type LabelTable = ReadonlyMap<number, number>

function identityTable(schema: LabelSchema): LabelTable {
  return new Map([BACKGROUND, NOT_ANNOTATED, ...schema.structures.map((s) => s.id)].map((id) => [id, id]))
}

function labelTable(description: DatasetFile, schema: LabelSchema, source: string): LabelTable {
  const table = new Map([
    [BACKGROUND, BACKGROUND],
    [NOT_ANNOTATED, NOT_ANNOTATED],
  ])
  for (const [key, entry] of Object.entries(description.labels)) {
    const [name, value] = typeof entry === 'number' ? [key, entry] : [entry, Number(key)]
    if (name === 'background' || name === 'ignore') continue
    table.set(value, namedIn(schema, name, source))
  }
  return table
}

function translate(raw: Volume, table: LabelTable, path: string): Uint8Array {
  const ids = new Uint8Array(raw.data.length)
  const lookup = new Int16Array(256).fill(-1)
  for (const [value, id] of table) lookup[value] = id
  for (let at = 0; at < ids.length; at++) {
    const value = raw.data[at]
    const id = value >= 0 && value <= 255 && Number.isInteger(value) ? lookup[value] : -1
    if (id < 0) {
      const known = [...table.keys()].sort((a, b) => a - b).join(', ')
      throw new EmendError(`${path} holds the voxel value ${value}, which stands for no structure`, {
        hint: `values are ${known}`,
      })
    }
    ids[at] = id
  }
  return ids
}
