import { setImmediate } from 'node:timers/promises'
import { EmendError } from '../../shared/errors'
import { readImages } from '../imaging/import/readImages'
import { addCase } from '../library/cases'
import { currentSchema } from '../library/models'
import { addImportedLabels, userStructureTable } from './importedLabels'
import type { JobContext } from './verbs'

/**
 * Reads every image in files, folders and archives and adds each as a case.
 *
 * @returns what was added and what was skipped, in one line
 * @throws EmendError where there is no image at all
 */
export async function importImages(paths: readonly string[], { library, work, changed }: JobContext): Promise<string> {
  const { volumes, skipped } = await readImages(paths, work)
  if (volumes.length === 0) {
    throw new EmendError(`no image found: ${skipped[0]?.path ?? paths[0]}: ${skipped[0]?.reason ?? 'it is empty'}`)
  }
  const table = await userStructureTable(library)
  const labels: string[] = []
  let added = 0
  for (const [done, imported] of volumes.entries()) {
    // So that a message to cancel is heard between two cases.
    await setImmediate()
    work.signal.throwIfAborted()
    work.report({ phase: 'adding', done, total: volumes.length })
    const result = await addCase(library, imported, { schema: currentSchema(library) })
    if (result.added) added += 1
    const came = await addImportedLabels(library, result.id, imported, table)
    if (came !== null) labels.push(came)
    changed([result.id])
  }
  return [describeImport(added, volumes.length - added, skipped), ...labels].join('; ')
}

function describeImport(added: number, known: number, skipped: readonly { path: string; reason: string }[]): string {
  const parts = [`${added} ${added === 1 ? 'case' : 'cases'} added`]
  if (known > 0) parts.push(`${known} in the library already`)
  if (skipped.length > 0) parts.push(`${skipped.length} skipped (${skipped[0].path}: ${skipped[0].reason})`)
  return parts.join(', ')
}
