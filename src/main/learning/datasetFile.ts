import { readFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import * as v from 'valibot'
import { EmendError, oneLine } from '../../shared/errors'
import { builtinSchemas, schemaNamed, schemaWith } from '../../shared/labels/builtin'
import { safeColours } from '../../shared/labels/safeColours'
import {
  BACKGROUND,
  LabelSchema,
  NOT_ANNOTATED,
  Structure,
  structureNamed,
  withStructures,
} from '../../shared/labels/schema'
import { slugOf, structureOf } from '../../shared/labels/siteStructures'
import { structureCalled } from '../../shared/labels/structureCalled'

/** The part of nnU-Net's `dataset.json` that Emend reads, and what it adds: `schema`, `structures`, `annotated`. */
const DatasetFile = v.looseObject({
  name: v.optional(v.string()),
  /** Structure names to voxel values, as nnU-Net 2 has it; version 1 has them the other way round. */
  labels: v.record(v.string(), v.union([v.number(), v.string()], 'regions of several labels are not read')),
  channel_names: v.optional(v.record(v.string(), v.string())),
  /** What version 1 calls them. */
  modality: v.optional(v.record(v.string(), v.string())),
  /** Name of the label schema. */
  schema: v.optional(v.string()),
  /** What a site added to that schema. */
  structures: v.optional(v.array(Structure)),
  /** Structures that were looked for, by case; a case that is not listed has all that `labels` names. */
  annotated: v.optional(v.record(v.string(), v.array(v.string()))),
  /** Whom cases are of, by any name; a case that is not listed is of somebody else. */
  patients: v.optional(v.record(v.string(), v.string())),
})
type DatasetFile = v.InferOutput<typeof DatasetFile>

/** What the labels of a data set mean. */
export interface DatasetLabels {
  readonly schema: LabelSchema
  /** Voxel value in its files -> id of the schema. */
  readonly toSchema: ReadonlyMap<number, number>
  /** Structures that were looked for in a case; null where those are all of the schema. */
  readonly annotatedIn: (caseId: string) => readonly string[] | null
  /** Whom a case is of; undefined where it does not say. */
  readonly patientOf: (caseId: string) => string | undefined
  /** The cases that it says something of. */
  readonly listed: readonly string[]
  /** As DICOM has it. */
  readonly modality: string
}

/**
 * Reads what the labels of a data set mean: by the schema that is asked for, or that its `dataset.json` names. Of a data set
 * from elsewhere, which names none, it is the shipped schema that knows all of its labels, by whatever spelling
 * (`structureCalled`), or else one of its own with the names and values that it gives. Structures of the schema that it has
 * no label for were not looked for. Without a `dataset.json` values are the schema's ids.
 *
 * @param options.otherwise the schema where nothing says which
 * @throws EmendError where nothing does and it is left out, or `dataset.json` is not valid or does not fit the schema
 */
export async function readDatasetLabels(
  folder: string,
  { schema, otherwise }: { readonly schema?: string | LabelSchema; readonly otherwise?: string } = {},
): Promise<DatasetLabels> {
  const file = await readDatasetFile(folder)
  return file ? describedLabels(file, folder, schema) : plainLabels(folder, schema ?? otherwise)
}

function plainLabels(folder: string, asked: string | LabelSchema | undefined): DatasetLabels {
  if (asked === undefined) {
    throw new EmendError(`${folder} does not say which label schema it uses`, {
      hint: 'name it with --schema, or put a dataset.json beside its images',
    })
  }
  const schema = typeof asked === 'string' ? schemaNamed(asked) : asked
  const ids = [BACKGROUND, NOT_ANNOTATED, ...schema.structures.map(({ id }) => id)]
  return {
    schema,
    toSchema: new Map(ids.map((id) => [id, id])),
    annotatedIn: () => null,
    patientOf: () => undefined,
    listed: [],
    modality: 'CT',
  }
}

function describedLabels(file: DatasetFile, folder: string, asked: string | LabelSchema | undefined): DatasetLabels {
  const source = join(folder, 'dataset.json')
  const labels = labelsOf(file, source)
  const schema = inSource(source, () => schemaOf(file, labels, folder, asked))
  const toSchema = new Map([
    [BACKGROUND, BACKGROUND],
    [NOT_ANNOTATED, NOT_ANNOTATED],
  ])
  for (const { name, value } of labels) {
    toSchema.set(value, name === 'ignore' ? NOT_ANNOTATED : structureOfLabel(schema, name, source).id)
  }
  const known = schema.structures.filter(({ id }) => [...toSchema.values()].includes(id)).map(({ name }) => name)
  const annotated = new Map(
    Object.entries(file.annotated ?? {}).map(([id, names]) => [
      id,
      names.map((name) => structureOfLabel(schema, name, source).name),
    ]),
  )
  const patients = new Map(Object.entries(file.patients ?? {}))
  return {
    schema,
    toSchema,
    annotatedIn: (id) => annotated.get(id) ?? (known.length < schema.structures.length ? known : null),
    patientOf: (id) => patients.get(id),
    listed: [...new Set([...annotated.keys(), ...patients.keys()])],
    modality: modalityOf(channelsOf(file)[0]),
  }
}

function structureOfLabel(schema: LabelSchema, name: string, source: string): Structure {
  return structureCalled(schema, name) ?? inSource(source, () => structureNamed(schema, name))
}

interface NamedLabel {
  readonly name: string
  readonly value: number
}

/** What stands for something, in the order of the values. */
function labelsOf({ labels }: DatasetFile, source: string): NamedLabel[] {
  const named = Object.entries(labels).map(([key, entry]) =>
    typeof entry === 'number' ? { name: key, value: entry } : { name: entry, value: Number(key) },
  )
  const labelled = named.filter(({ name, value }) => value !== BACKGROUND && name !== 'background')
  const odd = labelled.find(
    ({ name, value }) => !Number.isInteger(value) || value < 1 || (value > 254 && name !== 'ignore'),
  )
  if (odd) throw new EmendError(`${source}: the label '${odd.name}' has no whole number from 1 to 254`)
  return labelled.sort((a, b) => a.value - b.value)
}

function schemaOf(
  { name, schema, structures }: DatasetFile,
  labels: readonly NamedLabel[],
  folder: string,
  asked: string | LabelSchema | undefined = schema,
): LabelSchema {
  if (typeof asked === 'object') return withStructures(asked, structures ?? [])
  if (asked !== undefined) return schemaWith(asked, structures ?? [])
  const meant = labels.filter((label) => label.name !== 'ignore')
  const shipped = builtinSchemas.map(schemaNamed).find((one) => knowsAll(one, meant))
  if (shipped) return shipped
  const title = name?.trim() || basename(resolve(folder))
  const slug = slugOf(title) || 'data-set'
  const own = { name: builtinSchemas.includes(slug) ? `${slug}-data` : slug, title, structures: meant.map(asStructure) }
  return v.parse(LabelSchema, structures ? { ...own, structures } : own)
}

/** Whether a schema has all labels, and an organ among them: a tumour alone may be anywhere. */
function knowsAll(schema: LabelSchema, labels: readonly NamedLabel[]): boolean {
  const known = labels.map(({ name }) => structureCalled(schema, name))
  return known.every((structure) => structure !== undefined) && known.some((structure) => structure?.kind === 'organ')
}

/** Of what is labelled nothing is known but the name. */
function asStructure({ name, value }: NamedLabel, at: number): Structure {
  const words = name.replace(/[_\s-]+/g, ' ').trim()
  return structureOf(
    {
      title: words.charAt(0).toUpperCase() + words.slice(1),
      color: safeColours[at % safeColours.length],
      kind: /tumou?r|lesion|cancer|carcinoma|metasta|nodule|cyst/i.test(words) ? 'lesion' : 'organ',
      code: null,
    },
    value,
  )
}

function inSource<Result>(source: string, read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    throw new EmendError(`${source}: ${oneLine(error)}`)
  }
}

function channelsOf({ channel_names: names, modality }: DatasetFile): string[] {
  return Object.values(names ?? modality ?? { '0': 'CT' })
}

/** What data sets call a channel, which may be a sequence's name, as a modality. */
function modalityOf(channel: string): string {
  if (/^(mr|t1|t2|flair|dwi|adc|pd)/i.test(channel)) return 'MR'
  return /^[A-Z]{2}$/.test(channel) ? channel : 'CT'
}

/** Null where there is none. @throws EmendError where it is not valid */
async function readDatasetFile(folder: string): Promise<DatasetFile | null> {
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
  const channels = channelsOf(result.output).length
  if (channels !== 1) throw new EmendError(`${path} has ${channels} image channels; Emend trains on one`)
  return result.output
}
