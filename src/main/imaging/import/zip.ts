import { unzipSync, type UnzipFileInfo } from 'fflate'
import { EmendError } from '../../../shared/errors'
import { isLeftover } from './folder'
import type { Handler } from './handler'
import type { Source } from './source'

/** No single image file is larger; a bomb is stopped before it inflates. */
const LARGEST_ENTRY = 2 ** 31

/** A zip archive: its entries, inflated one at a time when they are read. The packed bytes stay in memory. */
export const zip: Handler = async (source) => {
  const bytes = await source.read()
  if (!looksLikeZip(bytes)) return null
  const entries = entriesOf(bytes, source.name).filter(({ name }) => !name.split('/').some(isLeftover))
  const sources = entries.map((entry): Source => {
    const name = `${source.name}/${entry.name}`
    return {
      name,
      read: () => Promise.resolve().then(() => inflate(bytes, entry, name)),
    }
  })
  return { kind: 'sources', sources }
}

function looksLikeZip(bytes: Uint8Array): boolean {
  return (
    bytes[0] === 0x50 && bytes[1] === 0x4b && ((bytes[2] === 3 && bytes[3] === 4) || (bytes[2] === 5 && bytes[3] === 6))
  )
}

function entriesOf(bytes: Uint8Array, name: string): UnzipFileInfo[] {
  const entries: UnzipFileInfo[] = []
  try {
    unzipSync(bytes, {
      filter: (entry) => {
        if (!entry.name.endsWith('/') && entry.originalSize > 0) entries.push(entry)
        return false
      },
    })
  } catch (error) {
    throw new EmendError(`${name} is a damaged zip archive`, { cause: error })
  }
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1))
}

function inflate(bytes: Uint8Array, { name: entry, originalSize }: UnzipFileInfo, name: string): Uint8Array {
  if (originalSize > LARGEST_ENTRY) throw new EmendError(`${name} would unpack to ${originalSize} bytes; too large`)
  try {
    const found = unzipSync(bytes, { filter: (file) => file.name === entry })[entry]
    if (found && found.length === originalSize) return found
  } catch (error) {
    throw new EmendError(`${name} cannot be unpacked: the archive is damaged`, { cause: error })
  }
  throw new EmendError(`${name} is cut short in the archive`)
}
