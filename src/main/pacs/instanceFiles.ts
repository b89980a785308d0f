import dicomParser from 'dicom-parser'
import { open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Work } from '../../shared/progress'

/** As much of a file as its meta header surely fits in. */
const META_LENGTH = 8192

/** The SOP Instance UID in a DICOM file's meta header; null where the bytes do not begin as a DICOM file. */
export function sopInstanceUidOf(start: Uint8Array): string | null {
  try {
    return dicomParser.readPart10Header(start.subarray(0, META_LENGTH)).string('x00020003') ?? null
  } catch {
    return null
  }
}

/** Files of instances in a folder that exists. Their names count, and say nothing of whom they show. */
export class InstanceFiles {
  /** Path by SOP Instance UID. */
  readonly paths = new Map<string, string>()
  bytes = 0
  private count = 0

  constructor(private readonly folder: string) {}

  /**
   * Writes an instance as it arrives.
   * @returns its SOP Instance UID; null, and no file, where it is no DICOM file or one that came before
   */
  async add(chunks: AsyncIterable<Uint8Array>): Promise<string | null> {
    const arriving = this.arriving()
    try {
      const { start, length } = await writeAll(arriving, chunks)
      return await this.keep(arriving, start, length)
    } finally {
      await rm(arriving, { force: true })
    }
  }

  /** Where an instance can be written that `keep` takes once it is whole. */
  arriving(): string {
    return join(this.folder, `${String(++this.count).padStart(6, '0')}.dcm.part`)
  }

  /**
   * Keeps a file that was written at `arriving`.
   * @param start at least its meta header
   * @returns as `add`
   */
  async keep(arriving: string, start: Uint8Array, length: number): Promise<string | null> {
    const uid = sopInstanceUidOf(start)
    if (uid === null || this.paths.has(uid)) return null
    const path = arriving.replace(/\.part$/, '')
    await rename(arriving, path)
    this.paths.set(uid, path)
    this.bytes += length
    return uid
  }
}

/** Tells how many of a series' instances have come; to be called after each. */
export function arrivals(work: Work, total: number, files: InstanceFiles): () => void {
  const began = performance.now()
  return () => {
    const done = files.paths.size
    const secondsLeft = done > 0 ? ((performance.now() - began) / 1000 / done) * (total - done) : undefined
    const megabytes = Math.round(files.bytes / 1e5) / 10
    work.report({ phase: 'fetching', done, total: Math.max(total, done), secondsLeft, figures: { megabytes } })
  }
}

async function writeAll(
  path: string,
  chunks: AsyncIterable<Uint8Array>,
): Promise<{ start: Uint8Array; length: number }> {
  const file = await open(path, 'wx', 0o600)
  const starts: Uint8Array[] = []
  let length = 0
  try {
    for await (const chunk of chunks) {
      if (length < META_LENGTH) starts.push(Uint8Array.from(chunk.subarray(0, META_LENGTH - length)))
      await file.writeFile(chunk)
      length += chunk.length
    }
  } finally {
    await file.close()
  }
  return { start: Buffer.concat(starts), length }
}
