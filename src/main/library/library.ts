import { existsSync, mkdirSync } from 'node:fs'
import { userInfo } from 'node:os'
import { EmendError } from '../../shared/errors'
import { recordAudit } from './audit'
import { openDatabase, openToRead, type Database } from './database'
import { lockLibrary, type Lock } from './lock'
import { migrate, requireCurrentSchema } from './migrations'
import { libraryPaths } from './paths'
import { recover, type Recovery } from './recover'

/**
 * The owner (the window, or a command that works alone) holds the library's lock and cleans up after a crash. A guest
 * (a job process that the owner started) reads and writes beside it; the database serialises them. An onlooker (a
 * command that only reads) may be there at any time, also where the folder cannot be written; what it tries to write
 * fails.
 */
type Access = 'owner' | 'guest' | 'onlooker'

/** An open library: a folder, its database, and who works with it. Every function of this room takes one. */
export interface Library {
  /** The folder that holds everything (see `paths.ts`). */
  readonly root: string
  readonly database: Database
  /** The name that revisions, reviews and the audit carry. */
  readonly user: string
  readonly access: Access
  /** What was found and put right when the library was opened; null for a guest, who does not look. */
  readonly recovery: Recovery | null
  /** May be called twice. */
  close(): void
}

export interface OpenOptions {
  /** The system's user name where absent. */
  readonly user?: string
  /** The owner where absent. */
  readonly access?: Access
}

/**
 * Opens the library in the folder `root`, or creates it there.
 *
 * @throws EmendError where the folder cannot be written, another process owns the library, or a newer Emend made it.
 */
export function openLibrary(root: string, options: OpenOptions = {}): Library {
  const { user = userInfo().username, access = 'owner' } = options
  if (access === 'onlooker') return lookAtLibrary(root, user)
  try {
    for (const folder of [libraryPaths.cases(root), libraryPaths.models(root), libraryPaths.runs(root)]) {
      mkdirSync(folder, { recursive: true })
    }
  } catch (cause) {
    throw new EmendError(`cannot create a library in ${root}: ${(cause as Error).message}`, {
      hint: 'choose a folder that you may write to',
      cause,
    })
  }
  const lock = access === 'guest' ? null : lockOrTell(root, user)
  try {
    const database = openDatabase(libraryPaths.database(root))
    migrate(database, root)
    const recovery = lock ? recover(root, database) : null
    let open = true
    return {
      root,
      database,
      user,
      access,
      recovery,
      close: () => {
        if (!open) return
        open = false
        database.close()
        lock?.release()
      },
    }
  } catch (error) {
    lock?.release()
    throw error
  }
}

/** A library as an onlooker sees it. @throws EmendError where there is none, or it is of another version. */
function lookAtLibrary(root: string, user: string): Library {
  if (!existsSync(libraryPaths.database(root))) {
    throw new EmendError(`there is no library in ${root}`, { hint: 'name its folder with --library' })
  }
  const database = openToRead(libraryPaths.database(root))
  try {
    requireCurrentSchema(database, root)
  } catch (error) {
    database.close()
    throw error
  }
  return { root, database, user, access: 'onlooker', recovery: null, close: () => database.close() }
}

/** Takes the lock; where another holds it, that somebody tried is on record. */
function lockOrTell(root: string, user: string): Lock {
  try {
    return lockLibrary(root, user)
  } catch (error) {
    asGuest(root, user, (guest) => recordAudit(guest, 'refused', null, 'open: the library was in use'))
    throw error
  }
}

/**
 * Puts something on record. An onlooker's own connection cannot, so it does so as a guest, beside whoever owns the library.
 * @returns whether it is on record; an onlooker may look at a library that cannot be written
 */
export function putOnRecord(library: Library, write: (writable: Library) => void): boolean {
  if (library.access === 'onlooker') return asGuest(library.root, library.user, write)
  write(library)
  return true
}

/** @returns whether it could be done: not where there is no library, or it cannot be written */
function asGuest(root: string, user: string, write: (guest: Library) => void): boolean {
  if (!existsSync(libraryPaths.database(root))) return false
  let database: Database | null = null
  try {
    database = openDatabase(libraryPaths.database(root))
    requireCurrentSchema(database, root)
    write({ root, database, user, access: 'guest', recovery: null, close: () => undefined })
    return true
  } catch {
    // What was done or refused is what matters; a library that cannot be written has no record of it.
    return false
  } finally {
    database?.close()
  }
}
