import { readFile } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import { EmendError } from '../../shared/errors'
import { readFault } from './readFault'

/** Reads one of the files that a detached header names. */
export type ReadBeside = (name: string) => Promise<Uint8Array>

/** Reads a file. @throws EmendError where it cannot be read */
export async function contentOf(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path)
  } catch (error) {
    throw readFault(path, error)
  }
}

/** Files in the folder of the header at `path`, or below it: a header leads nowhere else. */
export function filesBeside(path: string): ReadBeside {
  return async (name) => {
    if (isAbsolute(name) || name.split(/[\\/]/).includes('..')) {
      throw new EmendError(`${path} names a file outside its folder: ${name}`)
    }
    return contentOf(join(dirname(path), name))
  }
}
