import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { basename, join, relative, resolve, sep } from 'node:path'
import { EmendError, oneLine } from '../../shared/errors'
import { unwatched, type Work } from '../../shared/progress'
import { firstLink, recordAudit } from './audit'
import { keepBackup } from './careRecord'
import { copyFiles, keepOnly, synced } from './copyFiles'
import { openToRead } from './database'
import { newId } from './ids'
import type { Library } from './library'
import { requireRole } from './members'
import { libraryPaths } from './paths'

export interface Backup {
  readonly folder: string
  /** Files that were copied; the others were there already from an earlier backup. */
  readonly copied: number
  readonly kept: number
  /** Files of the earlier backup that are gone from the library: what was deleted or purged since. */
  readonly removed: number
}

/** What can be made again, or is nobody's but this process's. */
const leftOut = (path: string): boolean =>
  /^(library\.db|library\.lock|library\.activity|runs|phantoms|lost\+found)/.test(path) ||
  /(^|[\\/])\.[^\\/]*$/.test(path)

/** The new database until all that it points to is there. */
const isSnapshot = (name: string): boolean => name.startsWith('.library.db.')

/**
 * Copies a library, in use or not, to a folder that is empty or holds an earlier backup of it: the database as it is at
 * one moment, then all that it points to, which was written before it; last goes what it no longer points to. The copy is a
 * library like any other.
 *
 * @throws EmendError where the folder holds something else, or lies in the library, or the user's role does not allow it
 */
export async function backUp(library: Library, folder: string, work: Work = unwatched): Promise<Backup> {
  const target = resolve(folder)
  requireRole(library, 'administrator', 'back up the library')
  requireOutside(library.root, target)
  await requireOwn(library, target)
  recordAudit(library, 'back up', null, target)
  await mkdir(target, { recursive: true })
  const snapshot = join(target, `.library.db.${newId()}.tmp`)
  try {
    const isPointedTo = pointedTo(library)
    library.database.run('VACUUM INTO ?', snapshot)
    const { paths, copied } = await copyFiles(library.root, target, leftOut, work)
    await publish(snapshot, libraryPaths.database(target))
    const removed = await removeOthers(target, (path) => paths.has(path) || isPointedTo(path))
    keepBackup(library, target)
    return { folder: target, copied, kept: paths.size - copied, removed }
  } finally {
    // A first backup that was cut short is known by it as one of this library.
    if (existsSync(libraryPaths.database(target))) await rm(snapshot, { force: true })
  }
}

/** @throws EmendError where a folder holds anything but an earlier backup of this library, whole or cut short */
async function requireOwn(library: Library, target: string): Promise<void> {
  const names = existsSync(target) ? await readdir(target) : []
  if (names.every((name) => name.startsWith('.')) || (await isBackupOf(library, target))) return
  throw new EmendError(`${target} holds something other than a backup of this library`, {
    hint: 'choose an empty folder, or that of an earlier backup of it',
  })
}

/** Whether a folder holds a backup of this library, whole or cut short: their audits begin alike. */
export async function isBackupOf({ database }: Library, folder: string): Promise<boolean> {
  const names = existsSync(folder) ? await readdir(folder) : []
  const published = basename(libraryPaths.database(folder))
  const held = names.includes(published) ? [published] : names.filter(isSnapshot)
  const own = firstLink(database)
  return own !== null && held.some((name) => firstLinkIn(join(folder, name)) === own)
}

function firstLinkIn(path: string): string | null {
  try {
    const database = openToRead(path)
    try {
      return firstLink(database)
    } finally {
      database.close()
    }
  } catch {
    return null
  }
}

/** Whether a file is one that the database points to now: where the library lost it, its backup has the last copy. */
function pointedTo({ database }: Library): (path: string) => boolean {
  const cases = database.all<{ id: string; removed: 0 | 1 }>(
    'SELECT id, removed_at IS NOT NULL AS removed FROM cases WHERE purged_at IS NULL',
  )
  const folders = new Set(
    cases.map(({ id, removed }) => (removed ? libraryPaths.trashed('', id) : libraryPaths.case('', id))),
  )
  const models = new Set(
    database
      .all<{ name: string; version: number }>('SELECT name, version FROM models')
      .map(({ name, version }) => libraryPaths.model('', name, version)),
  )
  const revisions = new Set(
    database
      .all<{ id: string }>('SELECT id FROM revisions WHERE id NOT IN (SELECT id FROM purged_revisions)')
      .map(({ id }) => id),
  )
  return (path) => {
    const [top, first, second, third = ''] = path.split(sep)
    if (models.has(join(top, first ?? '', second ?? ''))) return true
    if (!folders.has(join(top, first ?? ''))) return false
    return second === 'labels' ? revisions.has(third.split('.')[0]) : ['image.nii.gz', 'source.json'].includes(second)
  }
}

/**
 * Removes what of a backup is not to be kept, and folders that are empty then.
 * @param keeps is asked of each file, by its path from the backup's folder
 * @returns how many files went
 */
async function removeOthers(backup: string, keeps: (path: string) => boolean): Promise<number> {
  for (const name of (await readdir(backup)).filter(isSnapshot)) await rm(join(backup, name), { force: true })
  let removed = 0
  try {
    for (const folder of [libraryPaths.cases(backup), libraryPaths.trash(backup), libraryPaths.models(backup)]) {
      if (existsSync(folder)) removed += await keepOnly(folder, (path) => keeps(relative(backup, path)))
    }
  } catch (error) {
    throw new EmendError(`cannot remove from ${backup} what the library no longer has: ${oneLine(error)}`, {
      hint: 'the backup is whole; see that no other program has its files open, and back up again',
      cause: error,
    })
  }
  return removed
}

/** The new database in the place of an earlier backup's, whose log belongs to the old one. */
async function publish(snapshot: string, database: string): Promise<void> {
  await synced(snapshot)
  await rm(`${database}-wal`, { force: true })
  await rm(`${database}-shm`, { force: true })
  await rename(snapshot, database)
}

/** @throws EmendError where `target` lies in the library */
export function requireOutside(root: string, target: string): void {
  const inside = `${target}${sep}`.startsWith(`${resolve(root)}${sep}`)
  if (inside) throw new EmendError(`${target} lies in the library itself`, { hint: 'choose another folder' })
}
