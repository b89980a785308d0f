import { readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { looksLikeDicom, parseDicom, parseMeta } from '../dicom/attributes'
import type { Handler } from './handler'
import { fileSource, type Source } from './source'

const MEDIA_STORAGE_DIRECTORY = '1.2.840.10008.1.3.10'

/**
 * The index of a disc (DICOMDIR, PS3.10 8.6): the files that its records name, beside it on disk. It is followed only
 * where somebody opens it: in a folder, its files are read anyway.
 */
export const dicomdir: Handler = async (source, start) => {
  if (source.path === undefined || !looksLikeDicom(start)) return null
  if (parseMeta(start, source.name).text('x00020002') !== MEDIA_STORAGE_DIRECTORY) return null
  const folder = dirname(source.path)
  const records = parseDicom(await source.read(), source.name).items('x00041220')
  const named = records.map((record) => record.texts('x00041500')).filter((parts) => parts.length > 0)
  const listings = new Map<string, Promise<string[]>>()
  const sources: Source[] = []
  for (const parts of named) {
    // A path that leads out of the disc is no path of PS3.10.
    if (parts.some((part) => part === '..' || /[\\/]/.test(part))) continue
    sources.push(fileSource(await onDisk(folder, parts, listings)))
  }
  return { kind: 'sources', sources }
}

/** File ids are upper case; many file systems show discs in lower case, or with a version (';1'). */
async function onDisk(
  folder: string,
  parts: readonly string[],
  listings: Map<string, Promise<string[]>>,
): Promise<string> {
  let path = folder
  for (const part of parts) {
    const listing = listings.get(path) ?? readdir(path).catch(() => [])
    listings.set(path, listing)
    const plain = (name: string): string => name.replace(/\.?(;\d+)?$/, '').toLowerCase()
    const names = await listing
    path = join(path, names.find((name) => name === part) ?? names.find((name) => plain(name) === plain(part)) ?? part)
  }
  return path
}
