import { basename } from 'node:path'
import { loadMetaImage, looksLikeMetaImage, readMetaImage } from '../metaImage'
import type { Handler } from './handler'

/** A MetaImage, or its detached header with the files beside it. */
export const metaImage: Handler = async (source, start) => {
  if (!looksLikeMetaImage(start)) return null
  const { volume, warnings } = source.path
    ? await loadMetaImage(source.path)
    : await readMetaImage(await source.read(), source.name)
  return { kind: 'image', image: { name: basename(source.name).replace(/\.(mha|mhd)$/i, ''), volume, warnings } }
}
