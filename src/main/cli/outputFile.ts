import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { EmendError } from '../../shared/errors'

/**
 * Before work of minutes: that its result will have a folder to lie in, and replaces nothing unless asked to.
 * @param replace whether a file that is there may be replaced
 * @throws EmendError where there is no folder, or a file that may not be replaced.
 */
export async function requireWritable(path: string, replace = true): Promise<void> {
  const folder = dirname(path)
  const found = await stat(folder).catch(() => null)
  if (!found?.isDirectory()) {
    throw new EmendError(`${path} cannot be written: there is no folder ${folder}`)
  }
  const there = await stat(path).catch(() => null)
  if (there?.isDirectory()) throw new EmendError(`${path} cannot be written: it is a folder`)
  if (there && !replace) {
    throw new EmendError(`${path} is there already`, { hint: '--force replaces it' })
  }
}
