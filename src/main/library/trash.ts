import { existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { CaseRow } from '../../shared/contract'
import { EmendError, oneLine } from '../../shared/errors'
import { verifiedStructures } from '../../shared/labels/status'
import type { Removal, RemovedCase } from '../../shared/site'
import { recordAudit } from './audit'
import { getCase } from './cases'
import type { Database } from './database'
import type { Library } from './library'
import { requireRole } from './members'
import { listNotes } from './notes'
import { libraryPaths } from './paths'
import { listRevisions } from './revisions'

/*
 * A case that is deleted keeps its row and its history, which cannot be deleted, and loses its place in the worklist;
 * its folder goes to the trash, whole, and comes back from there. The row is what counts: a kill between row and folder
 * is put right when the library is opened next.
 */

/** What would go with a case. @throws EmendError where there is no such case */
export async function removalOf(library: Library, caseId: string): Promise<Removal> {
  const row = getCase(library, caseId)
  return {
    caseId,
    title: row.title,
    revisions: listRevisions(library, caseId).length,
    verified: verifiedStructures(row.statuses).length,
    notes: listNotes(library, caseId).length,
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
  const removed = database.get('SELECT id FROM cases WHERE id = ? AND removed_at IS NOT NULL', caseId)
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

/** The deleted cases, the last first. */
export function listRemoved({ database }: Library): RemovedCase[] {
  return database.all<RemovedCase>(
    `SELECT id, title, removed_at AS removedAt, removed_by AS removedBy FROM cases
     WHERE removed_at IS NOT NULL ORDER BY removed_at DESC, id`,
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
