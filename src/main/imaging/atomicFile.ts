import { randomBytes } from 'node:crypto'
import { open, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { EmendError } from '../../shared/errors'

/** A file's bytes, whole or in parts that follow one another. */
export type Content = Uint8Array | string | Iterable<Uint8Array> | AsyncIterable<Uint8Array>

/**
 * Writes a file so that a reader, or a crash, sees the old content or the new, never half: temporary name in the
 * same folder, synced, renamed, then the folder is synced so that the new name itself survives a power cut.
 */
export async function writeFileAtomic(path: string, content: Content): Promise<void> {
  const folder = dirname(path)
  const temporary = join(folder, `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`)
  try {
    const file = await open(temporary, 'wx')
    try {
      await writeFile(file, content)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw writeError(path, error)
  }
  await syncFolder(folder)
}

const reasons: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota is used up',
  EROFS: 'the disk is for reading only',
  EACCES: 'the folder may not be written to',
}

/** Whether nothing can be written any more, so that whatever comes next would fail, too. */
export function isDiskFault(error: unknown): boolean {
  const { code = '' } = (error instanceof Error ? (error.cause ?? error) : {}) as NodeJS.ErrnoException
  return ['ENOSPC', 'EDQUOT', 'EROFS'].includes(code)
}

/** What the user can mend is said as such; the old file, where there was one, is untouched. */
function writeError(path: string, cause: unknown): unknown {
  const code = (cause as NodeJS.ErrnoException).code ?? ''
  if (!Object.hasOwn(reasons, code)) return cause
  const full = code === 'ENOSPC' || code === 'EDQUOT'
  return new EmendError(`cannot write ${path}: ${reasons[code]}`, {
    hint: full ? 'free some space and do it again; what was saved before is safe' : 'choose another folder',
    cause,
  })
}

/** Windows cannot open a folder to sync it; there the rename is journalled by the file system. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
