import { setImmediate } from 'node:timers/promises'
import { EmendError } from '../../shared/errors'
import type { Work } from '../../shared/progress'
import { deidentify } from '../imaging/dicom/deidentify'
import { readImages } from '../imaging/import/readImages'
import type { ImportResult, SkippedSource } from '../imaging/import/result'
import { addCase } from '../library/cases'
import { alwaysDeidentifies, deidentificationKey } from '../library/deidentification'
import { schemaInUse } from '../library/schemas'
import { addImportedLabels, userStructureTable } from './importedLabels'
import type { JobContext } from './verbs'

/** What came of an import. */
export interface Imported {
  /** In one line. */
  readonly outcome: string
  readonly skipped: readonly SkippedSource[]
}

/** As `importSources`, told in one line. */
export async function importImages(
  paths: readonly string[],
  context: JobContext,
  withoutIdentity?: boolean,
): Promise<string> {
  return (await importSources(paths, context, withoutIdentity)).outcome
}

/**
 * Reads every image in files, folders and archives and adds each as a case.
 *
 * @param withoutIdentity whether the images are de-identified; as the library's setting says where it is undefined
 * @throws EmendError where there is no image at all
 */
export async function importSources(
  paths: readonly string[],
  { library, work, changed }: JobContext,
  withoutIdentity?: boolean,
): Promise<Imported> {
  const hides = withoutIdentity ?? (await alwaysDeidentifies(library))
  const key = hides ? await deidentificationKey(library) : null
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
    return { volumes, skipped: skipped.map(({ reason }) => ({ path: 'a file', reason })) }
  } catch (error) {
    if (!(error instanceof EmendError)) throw error
    throw new EmendError('the import failed; the reason names files and is not kept', {
      hint: "'emend info PATH' tells it",
      cause: error,
    })
  }
}

function describeImport(
  { added, known, removed }: { added: number; known: number; removed: number },
  skipped: readonly SkippedSource[],
): string {
  const parts = [`${added} ${added === 1 ? 'case' : 'cases'} added`]
  if (known > 0) parts.push(`${known} in the library already`)
  if (removed > 0) parts.push(`${removed} deleted before: to be restored, not imported`)
  if (skipped.length > 0) parts.push(`${skipped.length} skipped (${skipped[0].path}: ${skipped[0].reason})`)
  return parts.join(', ')
}
