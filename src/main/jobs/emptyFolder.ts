import { readdir } from 'node:fs/promises'
import { EmendError } from '../../shared/errors'

/** For what is to be written into a folder of its own. @throws EmendError where there is something in it already */
export async function requireEmptyFolder(path: string): Promise<void> {
  const entries = await readdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw new EmendError(`${path} is no folder to write into`, { cause: error })
  })
  if (entries.length > 0) throw new EmendError(`${path} is not empty`, { hint: 'choose a new folder' })
}
