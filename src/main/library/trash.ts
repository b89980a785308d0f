import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { readdir, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { CaseRow } from '../../shared/contract'
import { EmendError, oneLine } from '../../shared/errors'
import { verifiedStructures } from '../../shared/labels/status'
import { unwatched, type Work } from '../../shared/progress'
import type { Emptied, Removal, RemovedCase, TrashContents } from '../../shared/site'
import { recordAudit } from './audit'
import { getCase } from './cases'
import type { Database } from './database'
import { forgetLabels } from './findings'
import type { Library } from './library'
import { ownRole, requireRole } from './members'
import { allNotes } from './visibleNotes'
import { libraryPaths } from './paths'
import { formerRevisions, listRevisions } from './revisions'

/*
 * A case that is deleted keeps its row and its history, which cannot be deleted, and loses its place in the worklist;
 * its folder goes to the trash, whole, and comes back from there. The row is what counts: a kill between row and folder
 * is put right when the library is opened next.
 *
 * Emptying the trash marks the row as purged before a file goes, so a kill in between leaves files that go when the
 * library is opened next, and never a case that looks restorable and is not whole.
 */

/** What would go with a case. @throws EmendError where there is no such case */
export async function removalOf(library: Library, caseId: string): Promise<Removal> {
  const row = getCase(library, caseId)
  return {
    caseId,
    title: row.title,
    revisions: listRevisions(library, caseId).length + formerRevisions(library, caseId).length,
    verified: verifiedStructures(row.statuses).length,
    notes: allNotes(library, caseId).length,
    bytes: await bytesIn(libraryPaths.case(library.root, caseId)),
    obstacle: holdOutObstacle(row),
  }
}

/**
 * Deletes a case: out of the worklist, its files into the trash.
 * @throws EmendError where the user's role does not allow it, or models are judged by it
 */
export function removeCase(library: Library, caseId: string): void {
  const row = getCase(library, caseId)
  requireRole(library, 'administrator', 'delete a case', caseId)
  const obstacle = holdOutObstacle(row)
  if (obstacle !== null) throw new EmendError(obstacle)
  const { database, root } = library
  database.transaction(() => {
    database.run(
      'UPDATE cases SET removed_at = ?, removed_by = ? WHERE id = ?',
      new Date().toISOString(),
      library.user,
      caseId,
    )
    recordAudit(library, 'delete', caseId, `${row.title}: into the trash`)
    move(libraryPaths.case(root, caseId), libraryPaths.trashed(root, caseId))
  })
}

/** Brings a deleted case back as it was. @throws EmendError where it is none, or its files are gone from the trash */
export function restoreCase(library: Library, caseId: string): CaseRow {
  const { database, root } = library
  const removed = database.get<{ purged_at: string | null }>(
    'SELECT purged_at FROM cases WHERE id = ? AND removed_at IS NOT NULL',
    caseId,
  )
  if (removed?.purged_at) {
    throw new EmendError(`the files of the case ${caseId} went when the trash was emptied`, {
      hint: 'import its image again',
    })
  }
  if (!removed) throw new EmendError(`no case ${caseId} was deleted`)
  requireRole(library, 'administrator', 'restore a case', caseId)
  if (!existsSync(libraryPaths.trashed(root, caseId))) {
    throw new EmendError(`the files of the case ${caseId} are gone from the trash`, {
      hint: 'take its folder from a backup',
    })
  }
  database.transaction(() => {
    database.run('UPDATE cases SET removed_at = NULL, removed_by = NULL WHERE id = ?', caseId)
    recordAudit(library, 'restore', caseId, 'out of the trash')
    move(libraryPaths.trashed(root, caseId), libraryPaths.case(root, caseId))
  })
  return getCase(library, caseId)
}

/** What emptying the trash would take: cases that were deleted up to a moment, all of them where none is given. */
export async function trashContents(library: Library, upTo = new Date().toISOString()): Promise<TrashContents> {
  const cases = listRemoved(library).filter(({ removedAt }) => removedAt <= upTo)
  const sizes = await Promise.all(cases.map(({ id }) => bytesIn(libraryPaths.trashed(library.root, id))))
  const role = ownRole(library)
  const isAllowed = role === null || role === 'administrator'
  return {
    cases: cases.length,
    bytes: sizes.reduce((sum, bytes) => sum + bytes, 0),
    upTo,
    obstacle: isAllowed ? null : `${library.user} may not empty the trash: that takes an administrator`,
  }
}

/**
 * Removes the files of cases that were deleted up to a moment, for good. Rows and history stay; the same image comes in
 * again by an import, as a case without labels. What is no deleted case's folder is not touched.
 *
 * @throws EmendError where the user's role does not allow it; the signal's reason where it was cancelled, between two cases
 */
export async function emptyTrash(library: Library, upTo: string, work: Work = unwatched): Promise<Emptied> {
  requireRole(library, 'administrator', 'empty the trash')
  const { root } = library
  const cases = listRemoved(library).filter(({ removedAt }) => removedAt <= upTo)
  const emptied = { cases: 0, bytes: 0, later: 0 }
  for (const [done, { id, title }] of cases.entries()) {
    work.signal.throwIfAborted()
    work.report({ phase: 'emptying', done, total: cases.length })
    const bytes = await bytesIn(libraryPaths.trashed(root, id))
    if (!markPurged(library, id, upTo, title)) continue
    emptied.cases += 1
    try {
      await rm(libraryPaths.trashed(root, id), { recursive: true, force: true })
      emptied.bytes += bytes
    } catch {
      emptied.later += 1
    }
  }
  return emptied
}

/** @returns whether it was in the trash until now: it may have been restored meanwhile */
function markPurged(library: Library, id: string, upTo: string, title: string): boolean {
  const { database } = library
  return database.transaction(() => {
    const purged = database.run(
      'UPDATE cases SET purged_at = ? WHERE id = ? AND removed_at <= ? AND purged_at IS NULL',
      new Date().toISOString(),
      id,
      upTo,
    )
    if (purged === 0) return false
    forgetLabels(library, id)
    database.run('INSERT OR IGNORE INTO purged_revisions SELECT id FROM revisions WHERE case_id = ?', id)
    recordAudit(library, 'purge', id, `${title}: its files are gone`)
    return true
  })
}

/** The deleted cases whose files are still there, the last first. */
export function listRemoved({ database }: Library): RemovedCase[] {
  return database.all<RemovedCase>(
    `SELECT id, title, removed_at AS removedAt, removed_by AS removedBy FROM cases
     WHERE removed_at IS NOT NULL AND purged_at IS NULL ORDER BY removed_at DESC, id`,
  )
}

/** Puts folders where their rows say that they are. */
export function settleTrash(root: string, database: Database): void {
  const removed = new Set(
    database.all<{ id: string }>('SELECT id FROM cases WHERE removed_at IS NOT NULL').map(({ id }) => id),
  )
  const trash = libraryPaths.trash(root)
  for (const id of existsSync(trash) ? readdirSync(trash) : []) {
    if (!removed.has(id) && !existsSync(libraryPaths.case(root, id))) {
      move(libraryPaths.trashed(root, id), libraryPaths.case(root, id))
    }
  }
  for (const id of removed) {
    const isSafe = !existsSync(libraryPaths.trashed(root, id))
    if (isSafe && existsSync(libraryPaths.case(root, id))) {
      move(libraryPaths.case(root, id), libraryPaths.trashed(root, id))
    }
  }
  const purged = database.all<{ id: string }>('SELECT id FROM cases WHERE purged_at IS NOT NULL')
  for (const { id } of purged) {
    try {
      rmSync(libraryPaths.trashed(root, id), { recursive: true, force: true })
    } catch {
      // Files in use on some systems cannot go; they do when the library is opened after that.
    }
  }
}

function holdOutObstacle({ role, title }: CaseRow): string | null {
  return role === 'hold-out' ? `${title} stays: models are judged by it, and a hold-out only grows` : null
}

function move(from: string, to: string): void {
  try {
    mkdirSync(dirname(to), { recursive: true })
    renameSync(from, to)
  } catch (cause) {
    throw new EmendError(`cannot move ${from} to ${to}: ${oneLine(cause)}`, {
      hint: 'see that no other program has its files open',
      cause,
    })
  }
}

async function bytesIn(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  const sizes = entries.map(async (entry) => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? bytesIn(path) : ((await stat(path).catch(() => null))?.size ?? 0)
  })
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
}
