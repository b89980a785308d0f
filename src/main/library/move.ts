import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { dirname, relative, resolve } from 'node:path'
import { EmendError, oneLine } from '../../shared/errors'
import { unwatched, type Work } from '../../shared/progress'
import { firstLink, recordAudit } from './audit'
import { requireOutside } from './backup'
import { copyFiles, keepOnly } from './copyFiles'
import { newId } from './ids'
import { verifyLibrary } from './integrity'
import { openLibrary } from './library'
import { requireRole } from './members'
import { libraryPaths } from './paths'

/** @throws EmendError where a library could not be moved to `folder`: it is not empty, or lies in the library */
export async function requireRoomFor(root: string, folder: string): Promise<void> {
  const target = resolve(folder)
  requireOutside(root, target)
  if (existsSync(target) && (await readdir(target)).length > 0) {
    throw new EmendError(`${target} is not empty`, { hint: 'choose a folder that is not there yet' })
  }
}

export interface MoveOptions {
  readonly user?: string
  readonly work?: Work
  /** Is told where the library is once it is there as a whole, before anything of the old folder goes. */
  readonly arrived?: (target: string) => Promise<void>
}

/**
 * Moves a library that nobody has open. On the same disk that is a rename; to another disk everything is copied beside
 * `folder`, read through, and put there, before the old folder goes. A copy that was killed is gone on with by the next
 * move to the same place; one that is stopped goes.
 *
 * @throws EmendError where it is open, `folder` is not empty, the user's role does not allow it, or the copy is not as the
 * library was; the signal's reason where it was stopped. The library then stays, and its audit says so
 * @returns what is left of the old folder because it could not be removed, null where nothing is
 */
export async function moveLibrary(root: string, folder: string, options: MoveOptions = {}): Promise<string | null> {
  const { user, work = unwatched, arrived } = options
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
  try {
    await mkdir(dirname(target), { recursive: true })
    if (existsSync(target)) await rm(target, { recursive: true })
    if (!(await renamed(root, target))) await copyToOtherDisk(root, target, user, work)
  } catch (error) {
    recordStay(root, user, oneLine(error))
    throw error
  }
  await arrived?.(target)
  return existsSync(root) ? removed(root) : null
}

function recordStay(root: string, user: string | undefined, reason: string): void {
  if (!existsSync(libraryPaths.database(root))) return
  const library = openLibrary(root, { user })
  recordAudit(library, 'move', null, `not moved: ${reason}`)
  library.close()
}

/** Removes a library that is elsewhere by now. First it gets another name, so that half of one is never taken for a library. */
async function removed(root: string): Promise<string | null> {
  const left = `${root}.moved-${newId()}`
  try {
    await rename(root, left)
    await rm(left, { recursive: true, force: true })
    return null
  } catch {
    return existsSync(left) ? left : root
  }
}

/** Whether a folder could be renamed; it cannot where the other path is on another disk. */
async function renamed(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EXDEV') return false
    throw error
  }
}

async function copyToOtherDisk(root: string, target: string, user: string | undefined, work: Work): Promise<void> {
  const held = openLibrary(root, { user })
  // Named by the library, so that what a killed move left is known as its own.
  const copy = `${target}.moving-${firstLink(held.database)!.slice(0, 8)}`
  try {
    const { paths } = await copyFiles(root, copy, (path) => /^library\.(lock|db-)/.test(path), work)
    // A killed move may have left half a file, or what is gone from the library since.
    await keepOnly(copy, (path) => paths.has(relative(copy, path)))
    const onlooker = openLibrary(copy, { user, access: 'onlooker' })
    try {
      const known = new Set((await verifyLibrary(held, work)).faults.map(({ path, what }) => `${path} ${what}`))
      const { faults } = await verifyLibrary(onlooker, work)
      const fresh = faults.filter(({ path, what }) => !known.has(`${path} ${what}`))
      if (fresh.length > 0) {
        throw new EmendError(`the copy in ${copy} is not whole: ${fresh[0].path ?? ''} ${fresh[0].what}`, {
          hint: 'the library is where it was; look after the disk',
        })
      }
    } finally {
      onlooker.close()
    }
    await rename(copy, target)
  } catch (error) {
    await rm(copy, { recursive: true, force: true })
    throw error
  } finally {
    held.close()
  }
}
