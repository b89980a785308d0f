import SqliteFile from 'libsql'
import { readFileSync, writeFileSync } from 'node:fs'
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
  const file = new SqliteFile(libraryPaths.lock(root))
  try {
    // The lock file holds nothing, so it needs no journal beside it.
    file.pragma('journal_mode = MEMORY')
    file.exec('BEGIN EXCLUSIVE')
  } catch (cause) {
    file.close()
    const holder = readHolder(root)
    const who = holder ? ` by ${holder.user} on ${holder.host} (process ${holder.pid}, since ${holder.since})` : ''
    throw new EmendError(`the library ${root} is open already${who}`, {
      hint: 'close the other window, or choose another library',
      cause,
    })
  }
  const holder: Holder = { pid: process.pid, host: hostname(), user, since: new Date().toISOString() }
  writeFileSync(libraryPaths.lockHolder(root), JSON.stringify(holder))
  return {
    release: () => {
      file.exec('ROLLBACK')
      file.close()
    },
  }
}

function readHolder(root: string): Holder | null {
  try {
    return JSON.parse(readFileSync(libraryPaths.lockHolder(root), 'utf8')) as Holder
  } catch {
    return null
  }
}
