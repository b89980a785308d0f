import type { ExportFormat } from '../../shared/contract'
import { EmendError } from '../../shared/errors'
import type { LabelSchema } from '../../shared/labels/schema'
import { isVerified, type Statuses } from '../../shared/labels/status'
import { writeFileAtomic } from '../imaging/atomicFile'
import { restoreLabels } from '../imaging/canonical'
import { encodeSegmentation } from '../imaging/dicom/seg'
import type { Segment } from '../imaging/dicom/segment'
import { saveNifti } from '../imaging/nifti'
import { recordAudit } from '../library/audit'
import { getCase, readCaseSource } from '../library/cases'
import type { Library } from '../library/library'
import { getRevision, readRevision } from '../library/revisions'

/**
 * Writes a case's current labels to `path`, on the grid of the image as it was imported. Structures that are rejected
 * are left out and absent ones are empty; a DICOM SEG says so by a segment without voxels.
 *
 * @throws EmendError where the case has no labels yet, or a DICOM SEG is asked for an image that was no DICOM.
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
  if (format === 'nifti') {
    await saveNifti(path, labels)
  } else {
    const { model } = getRevision(library, caseId, revision)
    const segments = segmentsOf(labels.data, schema, statuses, model)
    const bytes = encodeSegmentation(source.dicom ?? undefined, labels, segments, {
      seriesDescription: 'Emend labels, not for clinical use',
      creator: library.user,
    })
    await writeFileAtomic(path, bytes)
  }
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

/**
 * The segments of a DICOM SEG, in the schema's order: every structure that has voxels or that a reader verified.
 *
 * @param model 'name@version' of the model that the labels come from; without one they were drawn by hand
 */
export function segmentsOf(
  labels: Uint8Array,
  schema: LabelSchema,
  statuses: Statuses,
  model: string | null,
): Segment[] {
  const present = new Uint8Array(256)
  for (const id of labels) present[id] = 1
  return schema.structures
    .filter(({ id, name }) => statuses[name] !== 'rejected' && (present[id] || isVerified(statuses[name])))
    .map(({ id, name, title, category, type, modifier, color }) => ({
      id,
      label: title,
      category,
      type,
      modifier,
      color,
      ...(model === null
        ? { algorithmType: 'MANUAL' }
        : { algorithmType: statuses[name] === 'corrected' ? 'SEMIAUTOMATIC' : 'AUTOMATIC', algorithmName: model }),
    }))
}
