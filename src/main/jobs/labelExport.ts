import type { ExportFormat } from '../../shared/contract'
import { EmendError } from '../../shared/errors'
import type { LabelSchema } from '../../shared/labels/schema'
import { isVerified, type Statuses } from '../../shared/labels/status'
import { restoreLabels } from '../imaging/canonical'
import type { LabelledImage, LabelledStructure } from '../imaging/labelledImage'
import { recordAudit, recordFailure } from '../library/audit'
import { getCase, readCaseImage, readCaseSource } from '../library/cases'
import type { Library } from '../library/library'
import { getRevision, readRevision } from '../library/revisions'
import { requireSource, writeLabels } from './labelWriters'

/** What of a case is exported. */
export interface Export {
  readonly format: ExportFormat
  readonly path: string
  /** Names of the structures; all without it. */
  readonly structures?: readonly string[]
  /** Whether a report for people may name the patient; it does not without it. */
  readonly identified?: boolean
}

/**
 * Writes a case's current labels to a file, on the grid of the image as it was imported. Structures that are rejected
 * are left out and absent ones are empty; formats that name structures name those too.
 *
 * @throws EmendError where the case has no labels yet, a structure is not the schema's, or a format that refers to DICOM
 *   slices is asked for an image that was no DICOM.
 */
export function exportLabels(library: Library, caseId: string, wanted: Export, schema: LabelSchema): Promise<void> {
  return recordFailure({ library, action: 'export', subject: caseId }, () => write(library, caseId, wanted, schema))
}

async function write(
  library: Library,
  caseId: string,
  { format, path, structures, identified = false }: Export,
  schema: LabelSchema,
): Promise<void> {
  const labelled = only(await labelledCase(library, caseId, schema), structures, schema)
  requireSource(format, labelled.dicom, labelled.title)
  await writeLabels({ ...labelled, identified }, format, path)
  recordAudit(
    library,
    'export',
    caseId,
    `${format} of revision ${labelled.provenance.revision}${identified ? ', naming the patient' : ''}`,
  )
}

/** A case's current labels with all that formats say of them. */
async function labelledCase(library: Library, caseId: string, schema: LabelSchema): Promise<LabelledImage> {
  const { revision, statuses, title, modality } = getCase(library, caseId)
  if (revision === null) {
    throw new EmendError(`${title} has no labels to export`, { hint: 'segment it or paint, and save' })
  }
  const source = await readCaseSource(library, caseId)
  const current = await readRevision(library, caseId, revision)
  const labels = restoreLabels({ ...current, data: withoutEmpty(current.data, schema, statuses) }, source.canonical)
  const { model } = getRevision(library, caseId, revision)
  return {
    labels,
    structures: structuresOf(labels.data, schema, statuses, model),
    image: () => readCaseImage(library, caseId),
    modality,
    title,
    dicom: source.dicom ?? undefined,
    identified: false,
    provenance: { caseId, revision, model, author: library.user, when: new Date() },
  }
}

/** The named structures, and no voxel of others. */
function only(labelled: LabelledImage, names: readonly string[] | undefined, schema: LabelSchema): LabelledImage {
  if (!names) return labelled
  const kept = new Uint8Array(256)
  for (const name of names) {
    const found = schema.structures.find((structure) => structure.name === name)
    if (!found) throw new EmendError(`the schema ${schema.name} has no structure ${name}`)
    kept[found.id] = 1
  }
  const { labels, structures } = labelled
  return {
    ...labelled,
    labels: { ...labels, data: labels.data.map((id) => (kept[id] ? id : 0)) },
    structures: structures.filter(({ id }) => kept[id]),
  }
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
 * What a file tells of, in the schema's order: every structure that has voxels or that a reader verified.
 *
 * @param model 'name@version' of the model that the labels come from; without one they were drawn by hand
 */
export function structuresOf(
  labels: Uint8Array,
  schema: LabelSchema,
  statuses: Statuses,
  model: string | null,
): LabelledStructure[] {
  const present = new Uint8Array(256)
  for (const id of labels) present[id] = 1
  return schema.structures
    .filter(({ id, name }) => statuses[name] !== 'rejected' && (present[id] || isVerified(statuses[name])))
    .map(({ id, name, title, category, type, modifier, color }) => ({
      id,
      name,
      status: statuses[name] ?? 'unreviewed',
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
