import { existsSync } from 'node:fs'
import { copyFile, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { EmendError, oneLine } from '../../shared/errors'
import { secondsAtPace, unwatched, type Work } from '../../shared/progress'
import { firstLink, recordAudit } from './audit'
import { keepBackup } from './careRecord'
import { openToRead } from './database'
import { newId } from './ids'
import { verifyLibrary } from './integrity'
import { openLibrary, type Library } from './library'
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

/** Files that are written once under a name of their own: of the same size, they are the same. */
const isWrittenOnce = (path: string): boolean => /(image\.nii\.gz|labels[\\/][^\\/]+\.gz|network\.onnx)$/.test(path)

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
  requirePlace(library.root, target)
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
  const clear = async (folder: string): Promise<boolean> => {
    let isEmpty = true
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      if (entry.isDirectory() ? !(await clear(path)) : keeps(relative(backup, path))) isEmpty = false
      else {
        await rm(path, { recursive: true, force: true })
        if (!entry.isDirectory()) removed += 1
      }
    }
    return isEmpty
  }
  try {
    for (const folder of [libraryPaths.cases(backup), libraryPaths.trash(backup), libraryPaths.models(backup)]) {
      if (existsSync(folder)) await clear(folder)
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
  const file = await open(snapshot, 'r+')
  await file.sync()
  await file.close()
  await rm(`${database}-wal`, { force: true })
  await rm(`${database}-shm`, { force: true })
  await rename(snapshot, database)
}

function requirePlace(root: string, target: string): void {
  const inside = `${target}${sep}`.startsWith(`${resolve(root)}${sep}`)
  if (inside) throw new EmendError(`${target} lies in the library itself`, { hint: 'choose another folder' })
}

/** Copies what a folder holds, each file whole or not at all. @returns their paths, and how many were not there yet */
async function copyFiles(
  from: string,
  to: string,
  isLeftOut: (path: string) => boolean,
  work: Work,
): Promise<{ paths: ReadonlySet<string>; copied: number }> {
  const paths = (await filesIn(from)).map((path) => relative(from, path)).filter((path) => !isLeftOut(path))
  const began = performance.now()
  let copied = 0
  for (const [done, path] of paths.entries()) {
    work.signal.throwIfAborted()
    work.report({ phase: 'copying', done, total: paths.length, secondsLeft: secondsAtPace(began, done, paths.length) })
    const [source, target] = [join(from, path), join(to, path)]
    if (isWrittenOnce(path) && (await sameSize(source, target))) continue
    await mkdir(dirname(target), { recursive: true })
    const temporary = join(dirname(target), `.${basename(target)}.${newId()}.tmp`)
    try {
      await copyFile(source, temporary)
      await rename(temporary, target)
    } catch (error) {
      await rm(temporary, { force: true })
      // A journal may have been saved, and so be gone, since it was listed.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT' && !existsSync(source)) continue
      throw new EmendError(`cannot copy ${path} to ${to}: ${oneLine(error)}`, { cause: error })
    }
    copied += 1
  }
  return { paths: new Set(paths), copied }
}

async function sameSize(a: string, b: string): Promise<boolean> {
  const [first, second] = await Promise.all([a, b].map((path) => stat(path).catch(() => null)))
  return first !== null && second !== null && first.size === second.size
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const nested = entries.map(async (entry) => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? filesIn(path) : entry.isFile() ? [path] : []
  })
  return (await Promise.all(nested)).flat()
}

/** @throws EmendError where a library could not be moved to `folder`: it is not empty, or lies in the library */
export async function requireRoomFor(root: string, folder: string): Promise<void> {
  const target = resolve(folder)
  requirePlace(root, target)
  if (existsSync(target) && (await readdir(target)).length > 0) {
    throw new EmendError(`${target} is not empty`, { hint: 'choose a folder that is not there yet' })
  }
}

/**
 * Moves a library that nobody has open. On the same disk that is a rename; to another disk everything is copied and
 * verified before the old folder goes.
 *
 * @throws EmendError where it is open, `folder` is not empty, the user's role does not allow it, or the copy is not as the
 * library was, which then stays
 */
export async function moveLibrary(root: string, folder: string, user?: string, work: Work = unwatched): Promise<void> {
  const target = resolve(folder)
  await requireRoomFor(root, target)
  const library = openLibrary(root, { user })
  try {
    requireRole(library, 'administrator', 'move the library')
    recordAudit(library, 'move', null, `to ${target}`)
    library.database.all('PRAGMA wal_checkpoint(TRUNCATE)')
  } finally {
    library.close()
  }
  await mkdir(dirname(target), { recursive: true })
  try {
    if (existsSync(target)) await rm(target, { recursive: true })
    await rename(root, target)
    return
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error
  }
  await moveToOtherDisk(root, target, user, work)
}

async function moveToOtherDisk(root: string, target: string, user: string | undefined, work: Work): Promise<void> {
  const held = openLibrary(root, { user })
  try {
    await copyFiles(root, target, (path) => /^library\.(lock|db-)/.test(path), work)
    const copy = openLibrary(target, { user, access: 'onlooker' })
    try {
      const known = new Set((await verifyLibrary(held, work)).faults.map(({ path, what }) => `${path} ${what}`))
      const fresh = (await verifyLibrary(copy, work)).faults.filter(({ path, what }) => !known.has(`${path} ${what}`))
      if (fresh.length > 0) {
        throw new EmendError(`the copy in ${target} is not whole: ${fresh[0].path ?? ''} ${fresh[0].what}`, {
          hint: 'the library is where it was; look after the disk',
        })
      }
    } finally {
      copy.close()
    }
  } catch (error) {
    await rm(target, { recursive: true, force: true })
    throw error
  } finally {
    held.close()
  }
  await rm(root, { recursive: true, force: true })
}
