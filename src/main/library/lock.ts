import SqliteFile from 'libsql'
import { accessSync, constants, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { EmendError } from '../../shared/errors'
import { libraryPaths } from './paths'

export interface Lock {
  release(): void
}

interface Holder {
  readonly pid: number
  readonly host: string
  readonly user: string
  readonly since: string
}

/**
 * Takes the library for this process. The lock is an open SQLite transaction on a file of its own, so the system
 * frees it when the process ends, however it ends: no lock is ever stale.
 *
 * @throws EmendError that names the holder, where another process owns the library.
 */
export function lockLibrary(root: string, user: string): Lock {
  let file: SqliteFile.Database
  try {
    // SQLite locks a file that it can only read, too.
    accessSync(root, constants.W_OK)
    file = new SqliteFile(libraryPaths.lock(root))
  } catch (cause) {
    throw notWritable(root, cause)
  }
  try {
    // The lock file holds nothing, so it needs no journal beside it.
    file.pragma('journal_mode = MEMORY')
    file.exec('BEGIN EXCLUSIVE')
  } catch (cause) {
    file.close()
    if (!isBusy(cause)) throw notWritable(root, cause)
    const holder = readHolder(root)
    const who = holder ? ` by ${holder.user} on ${holder.host} (process ${holder.pid}, since ${holder.since})` : ''
    throw new EmendError(`the library ${root} is open already${who}`, {
      hint: 'close the other window, or choose another library; what only reads works beside it',
      cause,
    })
  }
  const holder: Holder = { pid: process.pid, host: hostname(), user, since: new Date().toISOString() }
  try {
    writeFileSync(libraryPaths.lockHolder(root), JSON.stringify(holder))
  } catch {
    // It only serves another's message; where the disk is full, what is there can still be read.
  }
  return {
    release: () => {
      file.exec('ROLLBACK')
      file.close()
    },
  }
}

function isBusy(cause: unknown): boolean {
  const { code, message } = cause as { code?: string; message: string }
  return code === 'SQLITE_BUSY' || /locked|busy/i.test(message)
}

function notWritable(root: string, cause: unknown): EmendError {
  return new EmendError(`the library ${root} cannot be written: ${(cause as Error).message}`, {
    hint: "see that the folder may be written to and the disk has room; 'emend library list' and others only read",
    cause,
  })
}

function readHolder(root: string): Holder | null {
  try {
    return JSON.parse(readFileSync(libraryPaths.lockHolder(root), 'utf8')) as Holder
  } catch {
    return null
  }
}
