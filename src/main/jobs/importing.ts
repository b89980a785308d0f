import { basename } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { count } from '../../shared/count'
import { EmendError } from '../../shared/errors'
import type { Work } from '../../shared/progress'
import { deidentify } from '../imaging/dicom/deidentify'
import { readImages } from '../imaging/import/readImages'
import type { ImportResult, SkippedSource } from '../imaging/import/result'
import { addCase } from '../library/cases'
import { alwaysDeidentifies, deidentificationKey } from '../library/deidentification'
import { isDataset } from '../learning/dataset'
import { schemaInUse } from '../library/schemas'
import { importDataset } from './datasetExchange'
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

/** As `importSources`, told in one line. */
export async function importImages(
  paths: readonly string[],
  context: JobContext,
  options: ImportOptions = {},
): Promise<string> {
  return (await importSources(paths, context, options)).outcome
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
  const hides = options.withoutIdentity ?? (await alwaysDeidentifies(context.library))
  const key = hides ? await deidentificationKey(context.library) : null
  const sets: string[] = []
  for (const path of paths) if (await isDataset(path)) sets.push(path)
  const outcomes: string[] = []
  for (const set of sets) outcomes.push(await importSet(set, context, { key, verified: options.verified ?? false }))
  const images = paths.filter((path) => !sets.includes(path))
  if (images.length === 0) return { outcome: outcomes.join('; '), skipped: [] }
  const { outcome, skipped } = await addImages(images, context, key)
  return { outcome: [...outcomes, outcome].join('; '), skipped }
}

/** @param key that identity is hidden with; null where it stays */
async function importSet(
  folder: string,
  { library, work, changed }: JobContext,
  { key, verified }: { readonly key: string | null; readonly verified: boolean },
): Promise<string> {
  const { labelled, unlabelled, known, schema } = await importDataset(library, folder, { verified, key, changed }, work)
  const name = key === null ? ` ${basename(folder)}` : ''
  const parts = [`${count(labelled, 'case')} with ${verified ? 'verified labels' : 'labels for review'}`]
  if (unlabelled > 0) parts.push(`${unlabelled} without`)
  if (known > 0) parts.push(`${known} in the library already`)
  const inUse = schema === schemaInUse(library) ? '' : `; labelled by the schema ${schema}, which is not in use`
  return `data set${name}: ${parts.join(', ')}${inUse}`
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
