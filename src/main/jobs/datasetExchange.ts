import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { CaseRow } from '../../shared/contract'
import { EmendError, oneLine } from '../../shared/errors'
import { ownStructures } from '../../shared/labels/builtin'
import { verifiedStructures, type ReviewStatus } from '../../shared/labels/status'
import { unwatched, type Work } from '../../shared/progress'
import { writeFileAtomic } from '../imaging/atomicFile'
import { reorient } from '../imaging/canonical'
import { deidentify } from '../imaging/dicom/deidentify'
import { loadNifti, saveNifti } from '../imaging/nifti'
import type { LabelMap } from '../imaging/volume'
import { readDataset } from '../learning/dataset'
import { verifiedOnlyCase } from '../learning/libraryCases'
import { patientsOf } from '../learning/patients'
import { voxelCounts } from '../library/agreement'
import { recordAudit, recordFailure } from '../library/audit'
import { addCase, getCase, readCaseImage } from '../library/cases'
import { hidingKey } from '../library/deidentification'
import type { Library } from '../library/library'
import { requireRole } from '../library/members'
import { addRevision } from '../library/revisions'
import { assignSchema } from '../library/schemas'
import { joinStructures, librarySchema, schemaNames } from '../library/structures'
import { requireEmptyFolder } from './emptyFolder'

/** How many cases of a data set have labels, and how many are images alone. */
export interface DatasetCounts {
  readonly labelled: number
  readonly unlabelled: number
}

/**
 * Writes cases as a data set in nnU-Net's layout, on their canonical grids: what is verified as labels, with the
 * structures that each case was verified for in `dataset.json`; cases without any are images in `imagesUn`. Names are
 * the library's ids, and patients are numbered, so that nothing tells who somebody is. `dataset.json` comes last: a folder with it is whole.
 *
 * @throws EmendError where the cases are of more than one schema, there are none, or the folder is not empty
 */
export function exportDataset(
  library: Library,
  rows: readonly CaseRow[],
  folder: string,
  work: Work = unwatched,
): Promise<DatasetCounts> {
  return recordFailure({ library, action: 'export' }, () => writeDataset(library, rows, folder, work))
}

async function writeDataset(
  library: Library,
  rows: readonly CaseRow[],
  folder: string,
  work: Work,
): Promise<DatasetCounts> {
  const schemas = [...new Set(rows.map(({ schema }) => schema))]
  if (schemas.length === 0) throw new EmendError('there is no case to write')
  if (schemas.length > 1) {
    throw new EmendError(`the cases are of the schemas ${schemas.join(' and ')}`, { hint: 'choose those of one' })
  }
  await requireEmptyFolder(folder)
  for (const name of ['imagesTr', 'labelsTr', 'imagesUn']) await mkdir(join(folder, name), { recursive: true })
  const schema = librarySchema(library, schemas[0])
  const annotated = new Map<string, readonly string[]>()
  for (const [done, row] of rows.entries()) {
    await setImmediate()
    work.signal.throwIfAborted()
    work.report({ phase: 'writing', done, total: rows.length })
    const known = new Set(schema.structures.map(({ name }) => name))
    const verified = verifiedStructures(row.statuses).filter((name) => known.has(name))
    if (row.revision === null || verified.length === 0) {
      await saveNifti(join(folder, 'imagesUn', `${row.id}_0000.nii.gz`), await readCaseImage(library, row.id))
    } else {
      const { image, labels } = await verifiedOnlyCase(
        library,
        { row, revision: row.revision, verified },
        schema,
        1,
      ).load()
      await saveNifti(join(folder, 'labelsTr', `${row.id}.nii.gz`), labels)
      await saveNifti(join(folder, 'imagesTr', `${row.id}_0000.nii.gz`), image)
      annotated.set(row.id, verified)
    }
    recordAudit(library, 'export', row.id, 'into a data set')
  }
  const labelled = annotated.size
  // What whoever reads it cannot know: names, colours and codes of what this site added.
  const own = ownStructures(schema)
  const patients = await patientsOf(library, rows)
  const marks = [...new Set(patients.values())]
  const partly = [...annotated].filter(([, names]) => names.length < schema.structures.length)
  const description = {
    name: 'Emend',
    description: 'Verified labels of a library. Where a case is listed as annotated, only for these structures.',
    schema: schema.name,
    ...(own.length > 0 ? { structures: own } : {}),
    channel_names: { '0': rows[0].modality || 'CT' },
    labels: { background: 0, ...Object.fromEntries(schema.structures.map(({ name, id }) => [name, id])) },
    numTraining: labelled,
    file_ending: '.nii.gz',
    annotated: Object.fromEntries(partly),
    patients: Object.fromEntries(
      [...annotated.keys()].map((id) => [id, `${1 + marks.indexOf(patients.get(id) ?? id)}`]),
    ),
  }
  await writeFileAtomic(join(folder, 'dataset.json'), `${JSON.stringify(description, null, 2)}\n`)
  return { labelled, unlabelled: rows.length - labelled }
}

/** What came of reading a data set into a library. */
export interface DatasetImport extends DatasetCounts {
  /** Cases that were there already; those that had labels keep them. */
  readonly known: number
  /** Cases whose labels were not taken: edits of them by another schema, which they have, are not saved yet. */
  readonly refused: number
  /** What its cases are labelled by. */
  readonly schema: string
}

export interface DatasetImportOptions {
  /** Whether the labels count as verified here; else they are for review. */
  readonly verified: boolean
  /** The name of one of the library's, or of the data set's own; else as for `readDataset`. */
  readonly schema?: string
  /** Whether the cases lose their names, which may tell of patients; as the library's setting says where it is left out. */
  readonly withoutIdentity?: boolean
  /** Is told of each case that came. */
  readonly changed?: (caseIds: readonly string[]) => void
}

/**
 * Adds every case of a data set (nnU-Net's layout, or `images` and `labels`) to a library, its labels as the first
 * revision; one that is here already without any is labelled by the data set's schema from then on. Structures of a site's
 * own come along.
 *
 * @throws EmendError where it cannot be read, or the user's role does not allow to make its schema or to have labels count
 * as verified
 */
export async function importDataset(
  library: Library,
  folder: string,
  options: DatasetImportOptions,
  work: Work = unwatched,
): Promise<DatasetImport> {
  const { schema: asked, changed } = options
  if (options.verified) requireRole(library, 'administrator', 'import labels as verified')
  const key = await hidingKey(library, options.withoutIdentity)
  const ours = asked !== undefined && schemaNames(library).includes(asked) ? librarySchema(library, asked) : asked
  const { cases, unlabelled, schema, modality } = await readDataset(folder, { schema: ours })
  const here = joinStructures(library, schema)
  const total = cases.length + unlabelled.length
  let [known, labelled, bare, refused] = [0, 0, 0, 0]
  /** null for a case that was deleted here. */
  const add = async (id: string, volume: Parameters<typeof addCase>[1]['volume']): Promise<string | null> => {
    const imported = { id, modality, description: id, volume, warnings: [] }
    const kept = key === null ? imported : deidentify(imported, key)
    const added = await addCase(library, kept, { schema: schema.name })
    if (!added.added) known += 1
    return added.removed ? null : added.id
  }
  for (const [done, source] of cases.entries()) {
    await setImmediate()
    work.signal.throwIfAborted()
    work.report({ phase: 'adding', done, total })
    const { image, labels } = await source.load()
    const caseId = await add(source.id, image)
    const annotated = source.annotated ?? schema.structures.map(({ name }) => name)
    const isBare = caseId !== null && getCase(library, caseId).revision === null
    const takes = !isBare || takesSchema(library, caseId, schema.name)
    if (isBare && takes) {
      const canonical = reorient(labels, 'RAS')
      await addRevision(library, {
        caseId,
        parent: null,
        origin: 'import',
        model: null,
        statuses: options.verified ? verifiedAs(canonical, annotated, schema.structures) : {},
        edited: [],
        labels: here.size > 0 ? { ...canonical, data: canonical.data.map((id) => here.get(id) ?? id) } : canonical,
      })
    }
    if (takes) labelled += 1
    else refused += 1
    if (caseId !== null) changed?.([caseId])
  }
  for (const { id, path } of unlabelled) {
    work.signal.throwIfAborted()
    work.report({ phase: 'adding', done: cases.length + bare, total })
    const caseId = await add(id, (await loadNifti(path)).volume)
    if (caseId !== null) changed?.([caseId])
    bare += 1
  }
  return { labelled, unlabelled: bare, known, refused, schema: schema.name }
}

/** Has a case without labels labelled by a schema. @returns whether it could be (`assignSchema`) */
function takesSchema(library: Library, caseId: string, schema: string): boolean {
  try {
    assignSchema(library, [caseId], schema)
    return true
  } catch (error) {
    if (!(error instanceof EmendError)) throw error
    recordAudit(library, 'import', caseId, `labels by the schema ${schema} not taken: ${oneLine(error)}`)
    return false
  }
}

/** What was looked for and is there is accepted, what is not there absent. */
function verifiedAs(
  labels: LabelMap,
  annotated: readonly string[],
  structures: readonly { readonly id: number; readonly name: string }[],
): Record<string, ReviewStatus> {
  const counts = voxelCounts(labels.data)
  const looked = structures.filter(({ name }) => annotated.includes(name))
  return Object.fromEntries(looked.map(({ id, name }) => [name, counts[id] > 0 ? 'accepted' : 'absent']))
}
