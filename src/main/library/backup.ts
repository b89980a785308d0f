import { existsSync } from 'node:fs'
import { copyFile, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { EmendError, oneLine } from '../../shared/errors'
import { unwatched, type Work } from '../../shared/progress'
import { recordAudit } from './audit'
import { newId } from './ids'
import { verifyLibrary } from './integrity'
import { openLibrary, type Library } from './library'
import { libraryPaths } from './paths'

export interface Backup {
  readonly folder: string
  /** Files that were copied; the others were there already from an earlier backup. */
  readonly copied: number
  readonly kept: number
}

/** What can be made again, or is nobody's but this process's. */
const leftOut = (path: string): boolean =>
  /^(library\.db|library\.lock|library\.activity|runs|phantoms|lost\+found)/.test(path) ||
  /(^|[\\/])\.[^\\/]*$/.test(path)

/** Files that are written once under a name of their own: of the same size, they are the same. */
const isWrittenOnce = (path: string): boolean => /(image\.nii\.gz|labels[\\/][^\\/]+\.gz|network\.onnx)$/.test(path)

/**
 * Copies a library, in use or not, to a folder that is empty or holds an earlier backup of it: the database as it is at
 * one moment, then all that it points to, which was written before it. The copy is a library like any other.
 *
 * @throws EmendError where the folder holds something else, or lies in the library
 */
export async function backUp(library: Library, folder: string, work: Work = unwatched): Promise<Backup> {
  const target = resolve(folder)
  requirePlace(library.root, target)
  recordAudit(library, 'back up', null, target)
  await mkdir(target, { recursive: true })
  const snapshot = join(target, `.library.db.${newId()}.tmp`)
  try {
    library.database.run('VACUUM INTO ?', snapshot)
    const { copied, kept } = await copyFiles(library.root, target, leftOut, work)
    await publish(snapshot, libraryPaths.database(target))
    return { folder: target, copied, kept }
  } finally {
    await rm(snapshot, { force: true })
  }
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

/** Copies what a folder holds, each file whole or not at all. */
async function copyFiles(
  from: string,
  to: string,
  isLeftOut: (path: string) => boolean,
  work: Work,
): Promise<{ copied: number; kept: number }> {
  const paths = (await filesIn(from)).map((path) => relative(from, path)).filter((path) => !isLeftOut(path))
  let copied = 0
  for (const [done, path] of paths.entries()) {
    work.signal.throwIfAborted()
    work.report({ phase: 'copying', done, total: paths.length })
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
  return { copied, kept: paths.length - copied }
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

/**
 * Moves a library that nobody has open. On the same disk that is a rename; to another disk everything is copied and
 * verified before the old folder goes.
 *
 * @throws EmendError where it is open, `folder` is not empty, or the copy is not as the library was, which then stays
 */
export async function moveLibrary(root: string, folder: string, user?: string, work: Work = unwatched): Promise<void> {
  const target = resolve(folder)
  requirePlace(root, target)
  if (existsSync(target) && (await readdir(target)).length > 0) {
    throw new EmendError(`${target} is not empty`, { hint: 'choose a folder that is not there yet' })
  }
  const library = openLibrary(root, { user })
  try {
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
