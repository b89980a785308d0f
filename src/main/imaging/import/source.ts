import { readFile } from 'node:fs/promises'
import { EmendError } from '../../../shared/errors'
import type { ByteSource } from '../dicom/instance'

/** Something that a user pointed at, or that lies in a folder or archive that they pointed at. */
export interface Source extends ByteSource {
  /** Its place on disk; absent for an entry of an archive. */
  readonly path?: string
}

export function fileSource(path: string): Source {
  return {
    name: path,
    path,
    read: async () => {
      try {
        return await readFile(path)
      } catch (error) {
        throw new EmendError(`${path} cannot be read`, { cause: error })
      }
    },
  }
}
