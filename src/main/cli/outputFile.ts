import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { EmendError } from '../../shared/errors'

/** Before work of minutes: that its result will have a folder to lie in. @throws EmendError where there is none. */
export async function requireWritable(path: string): Promise<void> {
  const folder = dirname(path)
  const found = await stat(folder).catch(() => null)
  if (!found?.isDirectory()) {
    throw new EmendError(`${path} cannot be written: there is no folder ${folder}`)
  }
  const there = await stat(path).catch(() => null)
  if (there?.isDirectory()) throw new EmendError(`${path} cannot be written: it is a folder`)
}
