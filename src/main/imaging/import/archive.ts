import { constants, inflateRawSync } from 'node:zlib'
import { EmendError, printable } from '../../../shared/errors'

/**
 * A zip archive in memory whose entries are unpacked one at a time, whole or only their beginning (the headers of a
 * series are a hundredth of it). Written here because zip libraries unpack everything, or in JavaScript at a third of
 * zlib's speed. Layout: PKWARE APPNOTE 4.3.
 */
export interface ArchiveEntry {
  readonly name: string
  readonly size: number
  /** @throws EmendError where the entry is damaged */
  readonly read: () => Uint8Array
  /** At least the first `length` bytes, or all where it has fewer. */
  readonly start: (length: number) => Uint8Array
}

const END = 0x06054b50
const CENTRAL = 0x02014b50
const LOCAL = 0x04034b50
const STORED = 0
const DEFLATED = 8
const ENCRYPTED = 1
const UTF8 = 1 << 11
const ZIP64 = 0xffffffff

/** No single image file is larger; a bomb is stopped before it inflates. */
const LARGEST_ENTRY = 2 ** 31

/** Characters of a path that a file system of today would take. */
const LONGEST_NAME = 1024

export function looksLikeZip(bytes: Uint8Array): boolean {
  if (bytes.length < 4) return false
  const mark = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true)
  return mark === LOCAL || mark === END
}

/** The files of an archive, by name. @throws EmendError where its directory is damaged; `archive` names it there */
export function entriesOf(bytes: Uint8Array, archive: string): ArchiveEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  try {
    const end = endOfDirectory(view)
    const count = view.getUint16(end + 10, true)
    const entries: ArchiveEntry[] = []
    for (let n = 0, at = view.getUint32(end + 16, true); n < count; n++) {
      if (view.getUint32(at, true) !== CENTRAL) throw new RangeError('its directory is damaged')
      const nameLength = view.getUint16(at + 28, true)
      const charset = view.getUint16(at + 8, true) & UTF8 ? 'utf-8' : 'windows-1252'
      const name = named(new TextDecoder(charset).decode(bytes.subarray(at + 46, at + 46 + nameLength)))
      const size = view.getUint32(at + 24, true)
      if (!name.endsWith('/') && size > 0) entries.push(entryAt(bytes, view, at, name, `${archive}/${name}`))
      at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true)
    }
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  } catch (error) {
    if (error instanceof EmendError) throw error
    throw new EmendError(`${archive} is a damaged zip archive`, { cause: error })
  }
}

/** A name as messages can show it; a damaged directory takes 64 kB of the images for one. */
function named(text: string): string {
  const name = printable(text)
  return name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}...` : name
}

/** The end record is the last thing in the file but for a comment of at most 64 kB. */
function endOfDirectory(view: DataView): number {
  for (let at = view.byteLength - 22; at >= Math.max(0, view.byteLength - 22 - 0xffff); at--) {
    if (view.getUint32(at, true) === END) return at
  }
  throw new RangeError('it has no directory; it may be cut short')
}

function entryAt(bytes: Uint8Array, view: DataView, at: number, name: string, path: string): ArchiveEntry {
  const flags = view.getUint16(at + 8, true)
  const method = view.getUint16(at + 10, true)
  const packedSize = view.getUint32(at + 20, true)
  const size = view.getUint32(at + 24, true)
  const header = view.getUint32(at + 42, true)

  const packed = (): Uint8Array => {
    if (flags & ENCRYPTED) throw new EmendError(`${path} is locked with a password`)
    if ([packedSize, size, header].includes(ZIP64) || size > LARGEST_ENTRY) throw new EmendError(`${path} is too large`)
    if (method !== STORED && method !== DEFLATED)
      throw new EmendError(`${path} is packed in an unusual way (${method})`)
    if (header + 30 > bytes.length || view.getUint32(header, true) !== LOCAL) throw damaged(path)
    const from = header + 30 + view.getUint16(header + 26, true) + view.getUint16(header + 28, true)
    if (from + packedSize > bytes.length) throw damaged(path)
    return bytes.subarray(from, from + packedSize)
  }
  return {
    name,
    size,
    read: () => {
      const content = method === STORED ? packed() : inflate(packed(), size, path)
      if (content.length !== size) throw damaged(path)
      return content
    },
    start: (length) => {
      if (method === STORED) return packed().subarray(0, length)
      // Two bytes may unpack to a thousand, never to less than themselves by much.
      return inflate(packed().subarray(0, length + 1024), undefined, path)
    },
  }
}

/** All of it where `size` is known, else as much as the cut-off bytes give. */
function inflate(packed: Uint8Array, size: number | undefined, path: string): Uint8Array {
  try {
    return size === undefined
      ? inflateRawSync(packed, { finishFlush: constants.Z_SYNC_FLUSH })
      : inflateRawSync(packed, { chunkSize: Math.max(64, Math.min(size, 1 << 22)), maxOutputLength: size })
  } catch (error) {
    throw new EmendError(`${path} cannot be unpacked: the archive is damaged`, { cause: error })
  }
}

function damaged(path: string): EmendError {
  return new EmendError(`${path} is cut short in the archive`)
}
