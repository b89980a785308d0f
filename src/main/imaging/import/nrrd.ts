import { basename } from 'node:path'
import { loadNrrd, looksLikeNrrd, readNrrd } from '../nrrd'
import type { Handler } from './handler'

/** An NRRD file, or its detached header with the files beside it. */
export const nrrd: Handler = async (source, start) => {
  if (!looksLikeNrrd(start)) return null
  const { volume, warnings } = source.path
    ? await loadNrrd(source.path)
    : await readNrrd(await source.read(), source.name)
  return { kind: 'image', image: { name: basename(source.name).replace(/\.(nrrd|nhdr)$/i, ''), volume, warnings } }
}
