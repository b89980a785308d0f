import { createHash } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import type { RevisionRow } from '../../shared/caseHistory'
import { EmendError } from '../../shared/errors'
import type { Statuses } from '../../shared/labels/status'
import { writeFileAtomic } from '../imaging/atomicFile'
import { encodeNifti, gzip, readNifti } from '../imaging/nifti'
import type { LabelMap } from '../imaging/volume'
import { recordAudit } from './audit'
import { caseGrid } from './cases'
import { recordEfforts, type Effort } from './efforts'
import { recordFindings, type ModelFindings } from './findings'
import { newId } from './ids'
import { hasUnsavedEdits } from './journal'
import type { Library } from './library'
import { libraryPaths } from './paths'
import { lastReview, recordStatuses } from './reviews'

/** A label map as it enters the history of a case. */
export interface NewRevision {
  readonly caseId: string
  /** The revision that this one was made from; null for a case's first. */
  readonly parent: string | null
  readonly origin: RevisionRow['origin']
  /** 'name@version' of the model whose labels these are or were made from. */
  readonly model: string | null
  /** What holds for this label map; structures that are left out are unreviewed. */
  readonly statuses: Statuses
  /** Structures whose voxels a reader changed since a model proposed them. */
  readonly edited: readonly string[]
  /** On the case's canonical grid. */
  readonly labels: LabelMap
  /** How unsure the model was, as `encodeUncertainty` writes it. */
  readonly uncertainty?: Uint8Array
  /**
   * The case's last review (`lastReview`) when the work on this began: refuse (with `MovedOnError`) if anything was said
   * since, or the case's current revision is no longer `parent`.
   */
  readonly onlyAfterReview?: number
  /** Refuse if the case is labelled by another schema meanwhile. */
  readonly onlyBySchema?: string
  /** Refuse (with `UnsavedEditsError`) if a reader's edits wait in the case's journal: they stand on `parent`. */
  readonly onlyWithoutEdits?: boolean
  /** What the model that proposed it knows of its structures. */
  readonly findings?: ModelFindings
  /** What it took a reader to get from `parent` to this. */
  readonly efforts?: readonly Effort[]
  /** Written in the revision's own transaction: all or nothing. */
  readonly alongside?: (revision: StoredRevision) => void
}

/** The case got other labels, or something was said of it, while this revision was being made: look, and make it again. */
export class MovedOnError extends EmendError {
  override readonly name = 'MovedOnError'
}

/** A reader's edits of the case are not saved yet: with another revision they could not be done again. */
export class UnsavedEditsError extends EmendError {
  override readonly name = 'UnsavedEditsError'
}

/** A revision with what the window does not need to know. */
export interface StoredRevision extends RevisionRow {
  readonly caseId: string
  readonly edited: readonly string[]
  /** Of the label file, to verify it later. */
  readonly sha256: string
}

/**
 * Appends a label map to a case's history and makes it current. The file is written first and the database points to it
 * last, in one transaction with the statuses and the audit, so a kill leaves the revision whole or not there at all.
 *
 * @throws EmendError where the case does not exist, its grid is another, or `parent` is by a schema that it had before;
 * MovedOnError, UnsavedEditsError where asked to.
 */
export async function addRevision(library: Library, revision: NewRevision): Promise<StoredRevision> {
  const { caseId, parent, labels } = revision
  requireGrid(library, caseId, labels)
  requireUnmoved(library, revision)
  const id = newId()
  const bytes = await gzip(encodeNifti(labels))
  await mkdir(libraryPaths.allLabels(library.root, caseId), { recursive: true })
  await writeFileAtomic(libraryPaths.labels(library.root, caseId, id), bytes)
  if (revision.uncertainty) {
    await writeFileAtomic(libraryPaths.uncertainty(library.root, caseId, id), await gzip(revision.uncertainty))
  }
  const stored: StoredRevision = {
    id,
    caseId,
    parent,
    author: library.user,
    origin: revision.origin,
    model: revision.model,
    createdAt: new Date().toISOString(),
    statuses: { ...revision.statuses },
    edited: [...revision.edited],
    sha256: createHash('sha256').update(bytes).digest('hex'),
  }
  const { database } = library
  database.transaction(() => {
    // It may have been deleted meanwhile.
    requireGrid(library, caseId, labels)
    requireUnmoved(library, revision)
    database.run(
      `INSERT INTO revisions (id, case_id, parent, author, origin, model, statuses, edited, sha256, created_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      id,
      caseId,
      parent,
      stored.author,
      stored.origin,
      stored.model,
      JSON.stringify(stored.statuses),
      JSON.stringify(stored.edited),
      stored.sha256,
      stored.createdAt,
    )
    const said = recordStatuses(library, caseId, id, stored.statuses, stored.createdAt)
    recordFindings(library, { caseId, labels, model: revision.findings })
    recordEfforts(library, caseId, { revision: id, model: stored.model, at: stored.createdAt }, revision.efforts ?? [])
    database.run('UPDATE cases SET revision = ?, changed_at = ? WHERE id = ?', id, stored.createdAt, caseId)
    if (stored.origin === 'reader') database.run('UPDATE cases SET reader = ? WHERE id = ?', stored.author, caseId)
    recordAudit(library, stored.origin === 'reader' ? 'edit' : `labels by ${stored.origin}`, caseId, `revision ${id}`)
    if (stored.origin === 'reader' && said.length > 0) recordAudit(library, 'status', caseId, said.join(', '))
    revision.alongside?.(stored)
  })
  return stored
}

interface RevisionRecord {
  readonly id: string
  readonly case_id: string
  readonly parent: string | null
  readonly author: string
  readonly origin: RevisionRow['origin']
  readonly model: string | null
  readonly statuses: string
  readonly edited: string
  readonly sha256: string
  readonly created_at: string
}

/**
 * The revisions of a case by its schema, oldest first; not those whose files went when the trash was emptied. Labels by a
 * schema that it had before (`formerRevisions`) are not among them: their ids mean other structures.
 */
export function listRevisions(library: Library, caseId: string): StoredRevision[] {
  return library.database
    .all<RevisionRecord>(
      `SELECT * FROM revisions WHERE case_id = ? AND id NOT IN (SELECT id FROM purged_revisions)
         AND id NOT IN (SELECT revision FROM former_labels) ORDER BY id`,
      caseId,
    )
    .map(storedRevision)
}

/** The revisions of a case by a schema that it no longer has, each with that schema's name; oldest first. */
export function formerRevisions(library: Library, caseId: string): (StoredRevision & { readonly schema: string })[] {
  return library.database
    .all<RevisionRecord & { schema: string }>(
      `SELECT revisions.*, former_labels.schema FROM revisions JOIN former_labels ON former_labels.revision = revisions.id
       WHERE case_id = ? AND id NOT IN (SELECT id FROM purged_revisions) ORDER BY id`,
      caseId,
    )
    .map((row) => ({ ...storedRevision(row), schema: row.schema }))
}

/** @throws EmendError where the case has no such revision. */
export function getRevision(library: Library, caseId: string, id: string): StoredRevision {
  const row = library.database.get<RevisionRecord>('SELECT * FROM revisions WHERE case_id = ? AND id = ?', caseId, id)
  if (!row) throw new EmendError(`the case ${caseId} has no label revision ${id}`)
  return storedRevision(row)
}

/** The label map of a revision, on the case's canonical grid. @throws EmendError where it is unknown or damaged. */
export async function readRevision(library: Library, caseId: string, id: string): Promise<LabelMap> {
  getRevision(library, caseId, id)
  const path = libraryPaths.labels(library.root, caseId, id)
  let bytes: Buffer
  try {
    bytes = await readFile(path)
  } catch (cause) {
    throw new EmendError(`the label file ${path} is missing`, { hint: 'restore it from a backup', cause })
  }
  const { data } = readNifti(bytes, path).volume
  if (!(data instanceof Uint8Array)) throw new EmendError(`the label file ${path} does not hold labels`)
  return { ...caseGrid(library, caseId), data }
}

/** What the window sees of a revision. */
export function revisionRow(stored: StoredRevision): RevisionRow {
  const { id, parent, author, origin, model, createdAt, statuses } = stored
  return { id, parent, author, origin, model, createdAt, statuses }
}

function storedRevision(row: RevisionRecord): StoredRevision {
  return {
    id: row.id,
    caseId: row.case_id,
    parent: row.parent,
    author: row.author,
    origin: row.origin,
    model: row.model,
    createdAt: row.created_at,
    statuses: JSON.parse(row.statuses) as RevisionRow['statuses'],
    edited: JSON.parse(row.edited) as string[],
    sha256: row.sha256,
  }
}

function requireGrid(library: Library, caseId: string, labels: LabelMap): void {
  const { dims } = caseGrid(library, caseId)
  const fits = dims.every((size, axis) => size === labels.dims[axis])
  if (!fits || labels.data.length !== dims[0] * dims[1] * dims[2]) {
    throw new EmendError(`labels of ${labels.dims.join(' x ')} voxels do not fit the case's ${dims.join(' x ')}`)
  }
}

function requireUnmoved(library: Library, revision: NewRevision): void {
  const { caseId, parent, onlyAfterReview, onlyWithoutEdits } = revision
  if (parent !== null) getRevision(library, caseId, parent)
  requireSameSchema(library, revision)
  if (onlyWithoutEdits && hasUnsavedEdits(library, caseId)) {
    throw new UnsavedEditsError(`the case ${caseId} has unsaved edits`, {
      hint: 'open it: they are done again and saved',
    })
  }
  if (onlyAfterReview === undefined) return
  const row = library.database.get<{ revision: string | null }>('SELECT revision FROM cases WHERE id = ?', caseId)
  if (row?.revision !== parent || lastReview(library, caseId) !== onlyAfterReview) {
    throw new MovedOnError(`the case ${caseId} was changed meanwhile`, { hint: 'look at it, and do it again' })
  }
}

function requireSameSchema({ database }: Library, { caseId, parent, onlyBySchema }: NewRevision): void {
  const { title, schema } = database.get<{ title: string; schema: string }>(
    'SELECT title, schema FROM cases WHERE id = ?',
    caseId,
  )!
  const former =
    parent === null
      ? undefined
      : database.get<{ schema: string }>('SELECT schema FROM former_labels WHERE revision = ?', parent)
  const made = former?.schema ?? onlyBySchema ?? schema
  if (made === schema) return
  throw new EmendError(`${title} is labelled by the schema ${schema} now, these labels are by ${made}`, {
    hint: 'open the case again',
  })
}
