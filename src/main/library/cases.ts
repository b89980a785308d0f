import { createHash } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import type { CaseRow } from '../../shared/contract'
import { EmendError } from '../../shared/errors'
import { spacingOf, type Affine, type Vec3 } from '../../shared/geometry/affine'
import { writeFileAtomic } from '../imaging/atomicFile'
import { toCanonical, type CanonicalMap } from '../imaging/canonical'
import type { DicomSource } from '../imaging/dicom/source'
import { encodeNifti, gzip, readNifti } from '../imaging/nifti'
import type { Volume } from '../imaging/volume'
import { recordAudit } from './audit'
import type { Library } from './library'
import { noNotes, noteFacts, type NoteFacts } from './noteFacts'
import { libraryPaths } from './paths'
import { isBlind, openReadings, readersOf, type Readings } from './readings'
import { reviewedIn } from './reviewedCases'
import { rememberSeries } from './seriesHere'

/** `source.json`: where a case came from, and the way back to its original grid. */
export interface CaseSource {
  readonly format: 'emend-source/1'
  readonly canonical: CanonicalMap
  /** Identity of the DICOM series, as an export that refers to it needs it. It holds patient data. */
  readonly dicom: DicomSource | null
  readonly warnings: readonly string[]
}

/** An image as the import chain hands it over (`ImportedVolume`), or as something else made it. */
export interface NewCase {
  readonly modality: string
  readonly description: string
  readonly volume: Volume
  readonly warnings: readonly string[]
  readonly dicom?: DicomSource
}

/**
 * Adds an imported image to the library: canonical RAS voxels and its source, then the row. An image whose voxels and
 * grid are in the library already is recognised by content and not added again; one that was deleted comes back by
 * `restoreCase` alone, or, where the trash was emptied since, anew: under the id that its history and models know it by.
 *
 * @returns the case's id, whether it is new, and whether it lies in the trash.
 */
export async function addCase(
  library: Library,
  imported: NewCase,
  options: { schema?: string; role?: CaseRow['role'] } = {},
): Promise<{ id: string; added: boolean; removed: boolean }> {
  const { volume, map, warnings: conversion } = toCanonical(imported.volume, imported.modality)
  const warnings = [...imported.warnings, ...conversion]
  const hash = contentHash(volume)
  const { database, root } = library
  const twin = database.get<{ id: string; removed_at: string | null; purged_at: string | null }>(
    'SELECT id, removed_at, purged_at FROM cases WHERE content_hash IN (?, ?)',
    hash,
    formerContentHash(volume),
  )
  const purged = twin?.purged_at ? twin.id : null
  if (twin && purged === null) {
    const removed = twin.removed_at !== null
    rememberSeries(library, twin.id, imported.dicom)
    recordAudit(library, 'import', twin.id, removed ? 'refused: it was deleted' : 'in the library already')
    return { id: twin.id, added: false, removed }
  }
  // The id follows from the content, so an import that was killed is taken up in the same folder by the next.
  const id = purged ?? hash.slice(0, 12)
  const source: CaseSource = {
    format: 'emend-source/1',
    canonical: map,
    dicom: imported.dicom ?? null,
    warnings,
  }
  await mkdir(libraryPaths.allLabels(root, id), { recursive: true })
  await writeFileAtomic(libraryPaths.image(root, id), await gzip(encodeNifti(volume)))
  await writeFileAtomic(libraryPaths.source(root, id), Buffer.from(JSON.stringify(source)))
  const now = new Date().toISOString()
  return database.transaction(() => {
    if (purged !== null) {
      const role = options.role ?? 'work'
      const again = database.run(
        `UPDATE cases SET removed_at = NULL, removed_by = NULL, purged_at = NULL, warnings = ?, role = ?, imported_at = ?, imported_by = ?,
           changed_at = ?, study_date = ? WHERE id = ? AND purged_at IS NOT NULL`,
        JSON.stringify(warnings),
        role,
        now,
        library.user,
        now,
        studyDateOf(imported.dicom),
        id,
      )
      rememberSeries(library, id, imported.dicom)
      recordAudit(library, 'import', id, again ? 'added again, after the trash was emptied' : 'in the library already')
      return { id, added: again > 0, removed: false }
    }
    const added = database.run(
      `INSERT INTO cases (id, content_hash, title, modality, description, dims, affine, schema, warnings, role,
         imported_at, imported_by, changed_at, study_date)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (content_hash) DO NOTHING`,
      id,
      hash,
      `${imported.description.trim() || imported.modality} · ${id.slice(0, 4)}`,
      imported.modality,
      imported.description,
      JSON.stringify(volume.dims),
      JSON.stringify(volume.affine),
      options.schema ?? 'flare23',
      JSON.stringify(warnings),
      options.role ?? 'work',
      now,
      library.user,
      now,
      studyDateOf(imported.dicom),
    )
    rememberSeries(library, id, imported.dicom)
    recordAudit(library, 'import', id, added ? 'added' : 'in the library already')
    return { id, added: added > 0, removed: false }
  })
}

/** When a DICOM study was made, 'YYYY-MM-DD'; empty where that is not known, or was left out of it. */
export function studyDateOf(dicom: DicomSource | null | undefined): string {
  const found = /^(\d{4})(\d\d)(\d\d)$/.exec(dicom?.identity.studyDate ?? '')
  return found ? found.slice(1).join('-') : ''
}

interface CaseRecord {
  readonly id: string
  readonly title: string
  readonly modality: string
  readonly description: string
  readonly dims: string
  readonly affine: string
  readonly schema: string
  readonly warnings: string
  readonly role: CaseRow['role']
  readonly imported_at: string
  readonly changed_at: string
  readonly revision: string | null
  readonly reader: string | null
  readonly statuses: string
  readonly model: string | null
  readonly doubt: number | null
  readonly disagreement: number | null
  readonly score: number | null
  readonly study_date: string | null
}

// What a row needs and no more: in a library of thousands of cases each column is felt.
const SELECT = `SELECT cases.id, title, modality, description, dims, affine, schema, warnings, role, imported_at, changed_at,
                  cases.revision, cases.reader, cases.statuses, revisions.model, doubt, disagreement, score, study_date
                FROM cases LEFT JOIN revisions ON revisions.id = cases.revision`

/** The worklist, newest import first. Nothing in it tells who may read a case a second time what the first reader thinks. */
export function listCases(library: Library): CaseRow[] {
  const readings = openReadings(library)
  const known = {
    readings,
    notes: noteFacts(library, readings),
    readers: readersOf(library),
    reviewed: reviewedIn(library),
  }
  return library.database
    .all<CaseRecord>(`${SELECT} WHERE cases.removed_at IS NULL ORDER BY cases.imported_at DESC, cases.id`)
    .map((record) => caseRow(record, library.user, known))
}

/** @throws EmendError where the library has no such case. */
export function getCase(library: Library, id: string): CaseRow {
  const record = caseRecord(library, id)
  const readings = openReadings(library, id)
  return caseRow(record, library.user, {
    readings,
    notes: noteFacts(library, readings, id),
    readers: readersOf(library, id),
    reviewed: reviewedIn(library, id),
  })
}

/** The rows of some cases, in the worklist's order; ids that the library has not are left out. */
export function listCasesNamed(library: Library, ids: readonly string[]): CaseRow[] {
  const known = [...new Set(ids)].filter((id) =>
    library.database.get('SELECT id FROM cases WHERE id = ? AND removed_at IS NULL', id),
  )
  const rows = known.map((id) => getCase(library, id))
  return rows.sort((a, b) => b.importedAt.localeCompare(a.importedAt) || a.id.localeCompare(b.id))
}

/** The canonical grid of a case, voxel to RAS mm, without reading its image. */
export function caseGrid(library: Library, id: string): { dims: Vec3; affine: Affine } {
  const record = caseRecord(library, id)
  return { dims: JSON.parse(record.dims) as Vec3, affine: JSON.parse(record.affine) as Affine }
}

/** The image of a case on its canonical RAS grid, CT in HU. @throws EmendError where it is unknown or damaged. */
export async function readCaseImage(library: Library, id: string): Promise<Volume<Int16Array>> {
  // The file keeps the affine in single precision, the row in double.
  const grid = caseGrid(library, id)
  const path = libraryPaths.image(library.root, id)
  const { data } = readNifti(await readCaseFile(path), path).volume
  if (!(data instanceof Int16Array)) throw new EmendError(`the file ${path} does not hold a canonical image`)
  return { ...grid, data }
}

/** Where a case came from. @throws EmendError where it is unknown or damaged. */
export async function readCaseSource(library: Library, id: string): Promise<CaseSource> {
  caseRecord(library, id)
  const text = (await readCaseFile(libraryPaths.source(library.root, id))).toString('utf8')
  return JSON.parse(text) as CaseSource
}

/**
 * A case of the hold-out is scored on and never trained on. It stays there: scores compare only over the same cases.
 * @throws EmendError where a case is to leave the hold-out
 */
export function setRole(library: Library, id: string, role: CaseRow['role']): void {
  const { role: present, title } = caseRecord(library, id)
  if (present === 'hold-out' && role === 'work') {
    throw new EmendError(`${title} is part of the hold-out and stays there: a hold-out only grows`)
  }
  library.database.transaction(() => {
    library.database.run('UPDATE cases SET role = ? WHERE id = ?', role, id)
    recordAudit(library, 'role', id, role)
  })
}

function caseRecord(library: Library, id: string): CaseRecord {
  const record = library.database.get<CaseRecord>(`${SELECT} WHERE cases.id = ? AND cases.removed_at IS NULL`, id)
  if (!record) throw new EmendError(`the library has no case ${id}`)
  return record
}

/** What is known of cases besides their rows, by id. */
interface Known {
  readonly readings: ReadonlyMap<string, Readings>
  readonly notes: ReadonlyMap<string, NoteFacts>
  readonly readers: ReadonlyMap<string, readonly string[]>
  readonly reviewed: ReturnType<typeof reviewedIn>
}

function caseRow(record: CaseRecord, user: string, { readings, notes, readers, reviewed }: Known): CaseRow {
  const { id, schema, model } = record
  const statuses = JSON.parse(record.statuses) as CaseRow['statuses']
  const open = readings.get(id)
  const hidden = open && isBlind(open, user) ? open.first.readers : null
  return {
    id,
    title: record.title,
    modality: record.modality,
    description: record.description,
    dims: JSON.parse(record.dims) as CaseRow['dims'],
    spacing: [...spacingOf(JSON.parse(record.affine) as Affine)],
    importedAt: record.imported_at,
    changedAt: record.changed_at,
    revision: record.revision,
    model,
    reader: record.reader !== null && hidden?.includes(record.reader) ? null : record.reader,
    readers: (readers.get(id) ?? []).filter((name) => !hidden?.includes(name)),
    studyDate: record.study_date || null,
    schema,
    statuses,
    reviewedFor: [...reviewed({ id, schema, model, statuses })],
    warnings: JSON.parse(record.warnings) as string[],
    role: record.role,
    facts: {
      doubt: record.doubt,
      disagreement: record.disagreement,
      // How the model's masks compare with the first reader's.
      score: hidden ? null : record.score,
      ...(notes.get(record.id) ?? noNotes),
    },
  }
}

async function readCaseFile(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (cause) {
    throw new EmendError(`the file ${path} of the library is missing`, { hint: 'restore it from a backup', cause })
  }
}

/**
 * What identifies a canonical image: its voxels, and its grid in single precision, since an image that once was a NIfTI
 * file has no more.
 */
export function contentHash(volume: Volume): string {
  const affine = volume.affine.map((row) => row.map(Math.fround))
  return hashOf(volume, affine)
}

/** As an Emend before library version 3 identified it: the grid in double precision. */
export function formerContentHash(volume: Volume): string {
  return hashOf(volume, volume.affine)
}

function hashOf({ dims, data }: Volume, affine: readonly (readonly number[])[]): string {
  const { buffer, byteOffset, byteLength } = data
  return createHash('sha256')
    .update(JSON.stringify([dims, affine, data.constructor.name]))
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest('hex')
}
