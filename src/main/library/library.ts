import { mkdirSync } from 'node:fs'
import { userInfo } from 'node:os'
import { EmendError } from '../../shared/errors'
import { openDatabase, type Database } from './database'
import { lockLibrary } from './lock'
import { migrate } from './migrations'
import { libraryPaths } from './paths'
import { recover, type Recovery } from './recover'

/** An open library: a folder, its database, and who works with it. Every function of this room takes one. */
export interface Library {
  /** The folder that holds everything (see `paths.ts`). */
  readonly root: string
  readonly database: Database
  /** The name that revisions, reviews and the audit carry. */
  readonly user: string
  /** What was found and put right when the library was opened; null for a guest, who does not look. */
  readonly recovery: Recovery | null
  /** May be called twice. */
  close(): void
}

export interface OpenOptions {
  /** The system's user name where absent. */
  readonly user?: string
  /**
   * The owner (the window, or a command that works alone) holds the library's lock and cleans up after a crash. A guest
   * (a job process that the owner started) reads and writes beside it; the database serialises them.
   */
  readonly access?: 'owner' | 'guest'
}

/**
 * Opens the library in the folder `root`, or creates it there.
 *
 * @throws EmendError where the folder cannot be written, another process owns the library, or a newer Emend made it.
 */
export function openLibrary(root: string, options: OpenOptions = {}): Library {
  const user = options.user ?? userInfo().username
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
  const lock = options.access === 'guest' ? null : lockLibrary(root, user)
  try {
    const database = openDatabase(libraryPaths.database(root))
    migrate(database, root)
    const recovery = lock ? recover(root, database) : null
    let open = true
    return {
      root,
      database,
      user,
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
