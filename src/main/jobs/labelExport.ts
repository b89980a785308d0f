import type { ExportFormat } from '../../shared/contract'
import { EmendError } from '../../shared/errors'
import type { LabelSchema } from '../../shared/labels/schema'
import type { Statuses } from '../../shared/labels/status'
import { restoreLabels } from '../imaging/canonical'
import { saveNifti } from '../imaging/nifti'
import { recordAudit } from '../library/audit'
import { getCase, readCaseSource } from '../library/cases'
import type { Library } from '../library/library'
import { readRevision } from '../library/revisions'

/**
 * Writes a case's current labels to `path`, on the grid of the image as it was imported. Structures that are rejected
 * or absent are empty.
 *
 * @throws EmendError where the case has no labels yet.
 */
export async function exportLabels(
  library: Library,
  caseId: string,
  format: ExportFormat,
  path: string,
  schema: LabelSchema,
): Promise<void> {
  const { revision, statuses, title } = getCase(library, caseId)
  if (revision === null) {
    throw new EmendError(`${title} has no labels to export`, { hint: 'segment it or paint, and save' })
  }
  const source = await readCaseSource(library, caseId)
  const current = await readRevision(library, caseId, revision)
  const labels = restoreLabels({ ...current, data: withoutEmpty(current.data, schema, statuses) }, source.canonical)
  await saveNifti(path, labels)
  recordAudit(library, 'export', caseId, `${format} of revision ${revision}`)
}

/** The labels without what a reader said is not there or no good. */
export function withoutEmpty(labels: Uint8Array, schema: LabelSchema, statuses: Statuses): Uint8Array {
  const gone = new Uint8Array(256)
  for (const { id, name } of schema.structures) {
    if (statuses[name] === 'absent' || statuses[name] === 'rejected') gone[id] = 1
  }
  return labels.map((id) => (gone[id] ? 0 : id))
}
