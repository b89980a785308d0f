import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { EmendError } from '../../shared/errors'
import type { Library } from './library'
import { libraryPaths } from './paths'
import { getRevision } from './revisions'

/**
 * How unsure the model was whose labels a revision goes back to, as `encodeUncertainty` writes it; null where none was
 * kept. What a reader drew since does not change it.
 *
 * @throws EmendError where the case has no such revision, or the file is damaged.
 */
export async function readUncertainty(library: Library, caseId: string, revision: string): Promise<Uint8Array | null> {
  for (let at = getRevision(library, caseId, revision); ;) {
    const found = await fileOf(libraryPaths.uncertainty(library.root, caseId, at.id))
    if (found) return found
    if (at.origin === 'model' || at.parent === null) return null
    at = getRevision(library, caseId, at.parent)
  }
}

async function fileOf(path: string): Promise<Uint8Array | null> {
  try {
    return await promisify(gunzip)(await readFile(path))
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw new EmendError(`the map of uncertainty ${path} is damaged`, { hint: 'segment the case again', cause })
  }
}
