import { closeSync, open, openSync, read } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import type { ByteSource } from '../dicom/instance'
import { readFault } from '../readFault'

/** How much of a file is read to see what it is: a DICOM header fits, but for large private tags. */
export const START_LENGTH = 1 << 16

/** Something that a user pointed at, or that lies in a folder or archive that they pointed at. */
export interface Source extends ByteSource {
  /** Its place on disk; absent for an entry of an archive. */
  readonly path?: string
  /** Whether it is known to be a file. */
  readonly isFile?: boolean
  /** At least its first START_LENGTH bytes, or all where it has fewer. */
  readonly start: () => Promise<Uint8Array>
  /** Takes a beginning back that nobody looks at any longer, for the next file: a series has thousands. */
  readonly reuse?: (start: Uint8Array) => void
}

const spare: Uint8Array<ArrayBuffer>[] = []
const MOST_SPARE = 8

export function fileSource(path: string, isFile = false): Source {
  const reading = async <T>(act: () => Promise<T>): Promise<T> => {
    try {
      return await act()
    } catch (error) {
      throw readFault(path, error)
    }
  }
  return {
    name: path,
    path,
    isFile,
    read: () => reading(() => readFile(path)),
    // It was opened for its header before, so this is quick: to ask another thread for it takes longer, and those read on meanwhile.
    fill: (target, offset) => reading(() => fill(openSync(path, 'r'), target, offset)),
    start: () =>
      reading(async () => {
        const start = spare.pop() ?? new Uint8Array(START_LENGTH)
        return start.subarray(0, await fill(await openFile(path, 'r'), start, 0))
      }),
    reuse: ({ buffer }) => {
      if (buffer instanceof ArrayBuffer && spare.length < MOST_SPARE) spare.push(new Uint8Array(buffer))
    },
  }
}

// Over thousands of files, handles as numbers cost a fraction of fs/promises' objects.
const openFile = promisify(open)
const readFrom = promisify(read)

/** Reads until `target` is full or the file ends, and closes it; resolves to how many bytes came. */
async function fill(file: number, target: Uint8Array, offset: number): Promise<number> {
  try {
    let filled = 0
    while (filled < target.length) {
      const { bytesRead } = await readFrom(file, target, filled, target.length - filled, offset + filled)
      if (bytesRead === 0) break
      filled += bytesRead
    }
    return filled
  } finally {
    // Nothing was written: there is nothing to wait for, and handing it to another thread costs ten times as much.
    closeSync(file)
  }
}
