import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { open, readFile, rename, rm } from 'node:fs/promises'
import { EmendError } from '../../shared/errors'
import { writeFileAtomic } from '../imaging/atomicFile'
import { getCase } from './cases'
import type { Library } from './library'
import { libraryPaths } from './paths'

/**
 * What a reader did to a case since its last revision, edit by edit, on the disk as soon as it was done: a kill loses
 * nothing that was finished. What an edit's bytes mean is the window's affair. The file is a row of frames, each a
 * length (uint32, little-endian), a checksum (8 bytes) and as many bytes; the first says which revision the edits stand
 * on. A frame that a kill cut short ends the journal.
 */
export interface Journal {
  /** The revision that the edits stand on; null for a case that had no labels. */
  readonly parent: string | null
  readonly edits: readonly Uint8Array[]
}

const HEAD = 12

function frame(bytes: Uint8Array): Buffer {
  const head = Buffer.alloc(HEAD)
  head.writeUInt32LE(bytes.length)
  checksum(bytes).copy(head, 4)
  return Buffer.concat([head, bytes])
}

function checksum(bytes: Uint8Array): Buffer {
  return createHash('sha256')
    .update(bytes)
    .digest()
    .subarray(0, HEAD - 4)
}

function headerFrame(parent: string | null): Buffer {
  return frame(Buffer.from(JSON.stringify({ format: 'emend-journal/1', parent })))
}

/** The whole frames of a file, up to the first that is damaged or cut short. */
function framesOf(file: Buffer): Buffer[] {
  const frames: Buffer[] = []
  for (let at = 0; at + HEAD <= file.length;) {
    const end = at + HEAD + file.readUInt32LE(at)
    const bytes = file.subarray(at + HEAD, end)
    if (end > file.length || !checksum(bytes).equals(file.subarray(at + 4, at + HEAD))) break
    frames.push(bytes)
    at = end
  }
  return frames
}

async function contentOf(path: string): Promise<Buffer | null> {
  try {
    return await readFile(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw new EmendError(`the journal ${path} cannot be read`, { cause: error })
  }
}

/**
 * The unsaved edits of a case; null where there are none. Edits that stand on another than the current revision cannot
 * be done again: their file is set aside, not deleted.
 */
export async function readJournal(library: Library, caseId: string): Promise<Journal | null> {
  const { revision } = getCase(library, caseId)
  const path = libraryPaths.journal(library.root, caseId)
  const file = await contentOf(path)
  if (!file) return null
  const [first, ...edits] = framesOf(file)
  const parent = first && parentOf(first)
  if (parent === undefined || parent !== revision) {
    await rename(path, `${path}.${Date.now()}.aside`)
    return null
  }
  return { parent, edits }
}

/** Whether edits of a case wait to be saved, or to be done again after a crash. */
export function hasUnsavedEdits(library: Library, caseId: string): boolean {
  return existsSync(libraryPaths.journal(library.root, caseId))
}

function parentOf(header: Buffer): string | null | undefined {
  try {
    const { format, parent } = JSON.parse(header.toString('utf8')) as { format?: unknown; parent?: unknown }
    return format === 'emend-journal/1' && (typeof parent === 'string' || parent === null) ? parent : undefined
  } catch {
    return undefined
  }
}

/**
 * Adds edits, forced to the disk before it returns.
 * @throws EmendError where the journal stands on another revision
 */
export async function appendJournal(
  library: Library,
  caseId: string,
  parent: string | null,
  edits: readonly Uint8Array[],
): Promise<void> {
  getCase(library, caseId)
  const path = libraryPaths.journal(library.root, caseId)
  const file = await open(path, 'a+')
  try {
    const { size } = await file.stat()
    if (size > 0) await requireParent(file, parent, caseId)
    const head = size === 0 ? [headerFrame(parent)] : []
    await file.appendFile(Buffer.concat([...head, ...edits.map(frame)]))
    await file.sync()
  } finally {
    await file.close()
  }
}

async function requireParent(file: Awaited<ReturnType<typeof open>>, parent: string | null, caseId: string) {
  const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(1024), position: 0 })
  const [header] = framesOf(buffer.subarray(0, bytesRead))
  if (header && parentOf(header) === parent) return
  throw new EmendError(`the unsaved edits of ${caseId} stand on another revision than ${parent ?? 'an empty case'}`)
}

/** Makes the journal hold exactly these edits; without any there is no journal. A save does that when it has ended. */
export async function replaceJournal(library: Library, caseId: string, journal: Journal): Promise<void> {
  getCase(library, caseId)
  const path = libraryPaths.journal(library.root, caseId)
  if (journal.edits.length === 0) return rm(path, { force: true })
  await writeFileAtomic(path, Buffer.concat([headerFrame(journal.parent), ...journal.edits.map(frame)]))
}
