import { basename } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { count } from '../../shared/count'
import { EmendError, oneLine } from '../../shared/errors'
import type { Work } from '../../shared/progress'
import { deidentify } from '../imaging/dicom/deidentify'
import { readImages } from '../imaging/import/readImages'
import type { ImportResult, SkippedSource } from '../imaging/import/result'
import { recordFailure } from '../library/audit'
import { addCase } from '../library/cases'
import { alwaysDeidentifies, hidingKey } from '../library/deidentification'
import { isDataset } from '../learning/dataset'
import { schemaInUse } from '../library/schemas'
import type { Library } from '../library/library'
import { importDataset, type DatasetImport } from './datasetExchange'
import { addImportedLabels, userStructureTable } from './importedLabels'
import type { JobContext } from './verbs'

/** What came of an import. */
export interface Imported {
  /** In one line. */
  readonly outcome: string
  readonly skipped: readonly SkippedSource[]
}

export interface ImportOptions {
  /** Whether the images are de-identified; as the library's setting says where it is left out. */
  readonly withoutIdentity?: boolean
  /** Whether the labels of data sets count as verified; else they are for review. */
  readonly verified?: boolean
}

/** As `importSources`, told in one line; where it fails, that is on record. */
export function importImages(
  paths: readonly string[],
  context: JobContext,
  options: ImportOptions = {},
): Promise<string> {
  return recordingFailure('import', context.library, options, async () => {
    return (await importSources(paths, context, options)).outcome
  })
}

/**
 * Adds the cases of a data set, as a verb of its own; where it fails, that is on record.
 * @param options.schema as for `importDataset`
 * @returns what came, also in one line
 */
export function importSet(
  folder: string,
  context: Pick<JobContext, 'library' | 'work' | 'changed'>,
  options: ImportOptions & { readonly schema?: string } = {},
): Promise<DatasetImport & { readonly outcome: string }> {
  return recordingFailure('import', context.library, options, () => addSet(folder, context, options))
}

/** Has a failure be on record; its reason only where identity stays: what files are called is often whom they show. */
export async function recordingFailure<R>(
  action: 'import' | 'fetch',
  library: Library,
  { withoutIdentity }: ImportOptions,
  body: () => Promise<R>,
): Promise<R> {
  const hides = withoutIdentity ?? (await alwaysDeidentifies(library))
  return recordFailure({ library, action }, body, hides ? () => 'the reason may name files and is not kept' : oneLine)
}

/**
 * Reads every image in files, folders and archives and adds each as a case; of a folder that is a data set, its labels, too.
 *
 * @throws EmendError where there is no image at all
 */
export async function importSources(
  paths: readonly string[],
  context: JobContext,
  options: ImportOptions = {},
): Promise<Imported> {
  const key = await hidingKey(context.library, options.withoutIdentity)
  const sets: string[] = []
  for (const path of paths) if (await isDataset(path)) sets.push(path)
  const outcomes: string[] = []
  for (const set of sets)
    outcomes.push((await addSet(set, context, { ...options, withoutIdentity: key !== null })).outcome)
  const images = paths.filter((path) => !sets.includes(path))
  if (images.length === 0) return { outcome: outcomes.join('; '), skipped: [] }
  const { outcome, skipped } = await addImages(images, context, key)
  return { outcome: [...outcomes, outcome].join('; '), skipped }
}

async function addSet(
  folder: string,
  { library, work, changed }: Pick<JobContext, 'library' | 'work' | 'changed'>,
  options: ImportOptions & { readonly schema?: string },
): Promise<DatasetImport & { readonly outcome: string }> {
  const { verified = false, withoutIdentity = await alwaysDeidentifies(library) } = options
  const wanted = { verified, withoutIdentity, schema: options.schema, changed }
  const came = await importDataset(library, folder, wanted, work)
  const { labelled, unlabelled, known, refused, schema } = came
  const name = withoutIdentity ? '' : ` ${basename(folder)}`
  const parts = [`${count(labelled, 'case')} with ${verified ? 'verified labels' : 'labels for review'}`]
  if (unlabelled > 0) parts.push(`${unlabelled} without`)
  if (known > 0) parts.push(`${known} in the library already`)
  if (refused > 0) parts.push(`labels of ${refused} not taken: edits by another schema are not saved yet`)
  const inUse = schema === schemaInUse(library) ? '' : `; labelled by the schema ${schema}, which is not in use`
  return { ...came, outcome: `data set${name}: ${parts.join(', ')}${inUse}` }
}

async function addImages(
  paths: readonly string[],
  { library, work, changed }: JobContext,
  key: string | null,
): Promise<Imported> {
  const hides = key !== null
  const { volumes, skipped } = await read(paths, work, hides)
  if (volumes.length === 0) {
    throw new EmendError(
      `no image found: ${skipped[0]?.path ?? (hides ? 'the source' : paths[0])}: ${skipped[0]?.reason ?? 'it is empty'}`,
    )
  }
  const table = await userStructureTable(library)
  const labels: string[] = []
  let [added, removed] = [0, 0]
  for (const [done, imported] of volumes.entries()) {
    // So that a message to cancel is heard between two cases.
    await setImmediate()
    work.signal.throwIfAborted()
    work.report({ phase: 'adding', done, total: volumes.length })
    const kept = key === null ? imported : deidentify(imported, key)
    const result = await addCase(library, kept, { schema: schemaInUse(library) })
    if (result.added) added += 1
    if (result.removed) {
      removed += 1
      continue
    }
    const came = await addImportedLabels(library, result.id, imported, table)
    if (came !== null) labels.push(hides ? 'labels came along' : came)
    changed([result.id])
  }
  return {
    outcome: [describeImport({ added, removed, known: volumes.length - added - removed }, skipped), ...labels].join(
      '; ',
    ),
    skipped,
  }
}

/** Where identity is to be hidden, messages name no file: what files are called is often whom they show. */
async function read(paths: readonly string[], work: Work, hides: boolean): Promise<ImportResult> {
  if (!hides) return readImages(paths, work)
  try {
    const { volumes, skipped } = await readImages(paths, work)
    return { volumes, skipped: skipped.map(nameless) }
  } catch (error) {
    if (!(error instanceof EmendError)) throw error
    throw new EmendError('the import failed; the reason names files and is not kept', {
      hint: "'emend info PATH' tells it",
      cause: error,
    })
  }
}

/** Without the file's name, also where the reason says it. */
function nameless({ path, reason }: SkippedSource): SkippedSource {
  const names = path
    .replace(/ and \d+ more.*$/, '')
    .split(/[\\/]/)
    .filter(Boolean)
  const tells = /[\\/]/.test(reason) || names.some((name) => reason.includes(name))
  return { path: 'a file', reason: tells ? 'it is damaged, or may not be read' : reason }
}

function describeImport(
  { added, known, removed }: { added: number; known: number; removed: number },
  skipped: readonly SkippedSource[],
): string {
  const parts = [`${count(added, 'case')} added`]
  if (known > 0) parts.push(`${known} in the library already`)
  if (removed > 0) parts.push(`${removed} deleted before: to be restored, not imported`)
  if (skipped.length > 0) parts.push(`${skipped.length} skipped (${skipped[0].path}: ${skipped[0].reason})`)
  return parts.join(', ')
}
