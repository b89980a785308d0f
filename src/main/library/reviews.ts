import { isVerified, type ReviewStatus, type Statuses } from '../../shared/labels/status'
import type { LabelSchema } from '../../shared/labels/schema'
import { recordAudit } from './audit'
import type { Library } from './library'

/** One structure's status as someone set it; the newest of a structure is its current one. */
export interface Review {
  readonly structure: string
  readonly status: ReviewStatus
  readonly revision: string | null
  readonly author: string
  readonly at: string
}

/** The current status of every structure of a case that was ever reviewed. */
export function currentStatuses(library: Library, caseId: string): Statuses {
  const row = library.database.get<{ statuses: string }>('SELECT statuses FROM cases WHERE id = ?', caseId)
  return row ? (JSON.parse(row.statuses) as Statuses) : {}
}

/** Every review of a case, oldest first. */
export function listReviews(library: Library, caseId: string): Review[] {
  return library.database.all<Review>(
    'SELECT structure, status, revision, author, at FROM reviews WHERE case_id = ? ORDER BY id',
    caseId,
  )
}

/**
 * In SQL over `reviews` joined with their `revisions`: what a reader decided by hand. What came with an import, or went
 * when a model labelled a case anew, stands in the history at the very moment of such a revision.
 */
export const BY_HAND = `(status <> 'unreviewed'
  AND (revisions.id IS NULL OR revisions.origin = 'reader' OR revisions.created_at <> reviews.at))`

/** The number of a case's last review, which grows with each; 0 where nothing was ever said of it. */
export function lastReview({ database }: Library, caseId: string): number {
  return database.get<{ id: number | null }>('SELECT max(id) AS id FROM reviews WHERE case_id = ?', caseId)?.id ?? 0
}

/** Appends what a reader says about one structure of the current labels. */
export function setStatus(library: Library, caseId: string, structure: string, status: ReviewStatus): void {
  const { database } = library
  database.transaction(() => {
    const read = database.get<{ id: string; created_at: string }>(
      'SELECT id, created_at FROM revisions WHERE id = (SELECT revision FROM cases WHERE id = ?)',
      caseId,
    )
    const now = new Date().toISOString()
    // At the revision's own moment it would be taken for what came with it.
    const at = now === read?.created_at ? new Date(Date.parse(now) + 1).toISOString() : now
    insertReview(library, { caseId, revision: read?.id ?? null, structure, status, at })
    database.run('UPDATE cases SET changed_at = ?, reader = ? WHERE id = ?', at, library.user, caseId)
    recordAudit(library, 'status', caseId, `${structure}: ${status}`)
  })
}

/**
 * Appends a review for each structure whose status in `next` differs from its current one. Call in a transaction.
 * @returns these, as the audit has them: 'liver: accepted'
 */
export function recordStatuses(
  library: Library,
  caseId: string,
  revision: string,
  next: Statuses,
  at: string,
): readonly string[] {
  const current = currentStatuses(library, caseId)
  const said: string[] = []
  for (const structure of new Set([...Object.keys(current), ...Object.keys(next)])) {
    const status = next[structure] ?? 'unreviewed'
    if (status !== (current[structure] ?? 'unreviewed')) {
      insertReview(library, { caseId, revision, structure, status, at })
      said.push(`${structure}: ${status}`)
    }
  }
  return said
}

/** The review into the history, and the case's current status to it. */
function insertReview(
  library: Library,
  review: { caseId: string; revision: string | null; structure: string; status: ReviewStatus; at: string },
): void {
  const { database } = library
  database.run(
    'INSERT INTO reviews (case_id, revision, structure, status, author, at) VALUES (?, ?, ?, ?, ?, ?)',
    review.caseId,
    review.revision,
    review.structure,
    review.status,
    library.user,
    review.at,
  )
  const path = `$.${JSON.stringify(review.structure)}`
  database.run('UPDATE cases SET statuses = json_set(statuses, ?, ?) WHERE id = ?', path, review.status, review.caseId)
}

/** How one structure's voxels differ between two label maps, in voxels. */
export interface StructureChange {
  readonly added: number
  /** Lost to background or to 'not annotated'. */
  readonly removed: number
  /** Lost to another structure. */
  readonly overpainted: number
}

/**
 * What changed from `before` to `after`, label maps on the same grid, by structure name; structures whose voxels are
 * the same are left out.
 *
 * @throws RangeError where the maps differ in size.
 */
export function changedStructures(
  before: Uint8Array,
  after: Uint8Array,
  schema: LabelSchema,
): Map<string, StructureChange> {
  if (before.length !== after.length) {
    throw new RangeError(`label maps of ${before.length} and ${after.length} voxels cannot be compared`)
  }
  const added = new Float64Array(256)
  const removed = new Float64Array(256)
  const overpainted = new Float64Array(256)
  const isStructure = new Uint8Array(256)
  for (const structure of schema.structures) isStructure[structure.id] = 1
  for (let voxel = 0; voxel < before.length; voxel++) {
    const old = before[voxel]
    const now = after[voxel]
    if (old === now) continue
    added[now]++
    if (isStructure[now]) overpainted[old]++
    else removed[old]++
  }
  const changes = new Map<string, StructureChange>()
  for (const { id, name } of schema.structures) {
    const change = { added: added[id], removed: removed[id], overpainted: overpainted[id] }
    if (change.added + change.removed + change.overpainted > 0) changes.set(name, change)
  }
  return changes
}

/**
 * The statuses of a reader's revision, from what the reader says and what the reader's hand did.
 *
 * A structure whose voxels the reader changed is `corrected`, unless the reader says it is absent or rejects it. One
 * that only lost voxels to a neighbour that was painted over it is not thereby verified: where it was unreviewed it
 * stays so. One that is accepted after a reader changed it, now or in an earlier revision (`edited`), is `corrected`.
 */
export function statusesAfterEdit(
  said: Statuses,
  changes: ReadonlyMap<string, StructureChange>,
  edited: Iterable<string>,
): Record<string, ReviewStatus> {
  const statuses: Record<string, ReviewStatus> = { ...said }
  for (const [name, change] of changes) {
    const status = statuses[name] ?? 'unreviewed'
    const byHand = change.added + change.removed > 0
    if (status === 'accepted' || (status === 'unreviewed' && byHand)) statuses[name] = 'corrected'
  }
  for (const name of edited) {
    if (statuses[name] === 'accepted') statuses[name] = 'corrected'
  }
  return statuses
}

/** What stays of the statuses when a model labels a case anew: what is verified; the rest is for review again. */
export function statusesAfterModel(statuses: Statuses): Record<string, ReviewStatus> {
  return Object.fromEntries(Object.entries(statuses).filter(([, status]) => isVerified(status)))
}
