import { readFile } from 'node:fs/promises'
import * as v from 'valibot'
import { EmendError } from '../../shared/errors'
import { emptyReading, Reading } from '../../shared/reading'
import { writeFileAtomic } from '../imaging/atomicFile'
import { getCase } from './cases'
import type { Library } from './library'
import { libraryPaths } from './paths'

const File = v.strictObject({ format: v.literal('emend-reading/1'), ...Reading.entries })

/** What a reader noted of a case besides its labels. @throws EmendError where there is no such case, or the file is damaged */
export async function readReading(library: Library, caseId: string): Promise<Reading> {
  getCase(library, caseId)
  const path = libraryPaths.reading(library.root, caseId)
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw new EmendError(`${path} cannot be read`, { cause: error })
  })
  if (text === null) return emptyReading
  try {
    const { measurements, alignments } = v.parse(File, JSON.parse(text))
    return { measurements, alignments }
  } catch (cause) {
    throw new EmendError(`${path} is damaged`, { hint: 'restore it from a backup, or remove it', cause })
  }
}

export async function writeReading(library: Library, caseId: string, reading: Reading): Promise<void> {
  getCase(library, caseId)
  const text = JSON.stringify({ format: 'emend-reading/1', ...reading }, null, 2)
  await writeFileAtomic(libraryPaths.reading(library.root, caseId), `${text}\n`)
}
