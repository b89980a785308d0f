import { open, readFile } from 'node:fs/promises'
import { EmendError } from '../../../shared/errors'
import type { ByteSource } from '../dicom/instance'

/** How much of a file is read to see what it is: a DICOM header fits, but for large private tags. */
export const START_LENGTH = 1 << 16

/** Something that a user pointed at, or that lies in a folder or archive that they pointed at. */
export interface Source extends ByteSource {
  /** Its place on disk; absent for an entry of an archive. */
  readonly path?: string
  /** At least its first START_LENGTH bytes, or all where it has fewer. */
  readonly start: () => Promise<Uint8Array>
}

export function fileSource(path: string): Source {
  const reading = async (read: () => Promise<Uint8Array>): Promise<Uint8Array> => {
    try {
      return await read()
    } catch (error) {
      throw new EmendError(`${path} cannot be read`, { cause: error })
    }
  }
  return { name: path, path, read: () => reading(() => readFile(path)), start: () => reading(() => startOf(path)) }
}

async function startOf(path: string): Promise<Uint8Array> {
  const file = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await file.read({ buffer: new Uint8Array(START_LENGTH), position: 0 })
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}
