import { randomBytes } from 'node:crypto'
import { EmendError } from '../../shared/errors'

/** multipart/related, as DICOMweb carries instances (RFC 2046 section 5.1, PS3.18 section 8.6). */

export interface Part {
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>
  /** To be read before the next part is asked for; what is left of it then is skipped. */
  readonly body: AsyncIterable<Uint8Array>
}

/** Headers of a part are a few lines; more is no multipart. */
const LONGEST_HEADERS = 1 << 16

/**
 * The boundary that a Content-Type names.
 * @throws EmendError where it is no multipart
 */
export function boundaryOf(contentType: string): string {
  const boundary = /;\s*boundary=(?:"([^"]{1,200})"|([^\s;"]{1,200}))/i.exec(contentType)
  const name = boundary?.[1] ?? boundary?.[2]
  if (!/^multipart\//i.test(contentType.trim()) || name === undefined) throw new EmendError('the answer has no parts')
  return name
}

/**
 * The parts of a multipart body, one after the other, while it arrives: memory holds a chunk, never a part.
 *
 * @throws EmendError where the body is damaged or ends too early
 */
export async function* readParts(stream: AsyncIterable<Uint8Array>, boundary: string): AsyncGenerator<Part> {
  // The first boundary may open the body, the others follow a line break: so does the first, with one put before.
  const source = new ByteQueue(stream, Buffer.from('\r\n'))
  const delimiter = Buffer.from(`\r\n--${boundary}`)
  try {
    for await (const _preamble of source.until(delimiter));
    while (!(await isClosed(source))) {
      const headers = parseHeaders(await source.line(Buffer.from('\r\n\r\n'), LONGEST_HEADERS))
      const chunks = source.until(delimiter)
      // Without `return`, so that a reader who breaks off leaves the rest to be skipped.
      const body = { [Symbol.asyncIterator]: () => ({ next: () => chunks.next() }) }
      yield { headers, body }
      for await (const _rest of body);
    }
  } finally {
    await source.close()
  }
}

/** Behind a delimiter: whether it was the last, else the rest of its line is taken, up to its line break. */
async function isClosed(source: ByteQueue): Promise<boolean> {
  const next = await source.peek(2)
  if (next.toString('latin1') === '--') return true
  const padding = await source.peekUntil('\r\n', LONGEST_HEADERS)
  if (padding.toString('latin1').trim() !== '') throw damaged('its boundary stands within a part')
  source.skip(padding.length)
  return false
}

/** `block` begins with the line break of the delimiter's line. */
function parseHeaders(block: Buffer): Map<string, string> {
  const lines = block
    .toString('latin1')
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n')
  return new Map(
    lines.filter(Boolean).map((line) => {
      const colon = line.indexOf(':')
      if (colon < 1) throw damaged('a part has a header without a name')
      return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()]
    }),
  )
}

function damaged(why: string): EmendError {
  return new EmendError(`the answer is damaged: ${why}`)
}

/** Bytes that have arrived and are not taken yet. */
class ByteQueue {
  private readonly chunks: AsyncIterator<Uint8Array>
  private ended = false

  constructor(
    stream: AsyncIterable<Uint8Array>,
    private held: Buffer,
  ) {
    this.chunks = stream[Symbol.asyncIterator]()
  }

  /** Everything up to `mark`, in pieces; `mark` is taken too. */
  async *until(mark: Buffer): AsyncGenerator<Uint8Array> {
    for (;;) {
      const at = this.held.indexOf(mark)
      if (at >= 0) {
        const piece = this.held.subarray(0, at)
        this.skip(at + mark.length)
        if (piece.length > 0) yield piece
        return
      }
      // The mark may have arrived in part.
      const safe = this.held.length - mark.length + 1
      if (safe > 0) {
        const piece = this.held.subarray(0, safe)
        this.skip(safe)
        yield piece
      }
      await this.more()
    }
  }

  /** The bytes before `mark`, which is taken too. */
  async line(mark: Buffer, longest: number): Promise<Buffer> {
    const bytes = await this.peekUntil(mark, longest)
    this.skip(bytes.length + mark.length)
    return bytes
  }

  async peekUntil(mark: Buffer | string, longest: number): Promise<Buffer> {
    for (;;) {
      const at = this.held.indexOf(mark)
      if (at >= 0) return this.held.subarray(0, at)
      if (this.held.length > longest) throw damaged('the headers of a part have no end')
      await this.more()
    }
  }

  async peek(count: number): Promise<Buffer> {
    while (this.held.length < count) await this.more()
    return this.held.subarray(0, count)
  }

  skip(count: number): void {
    this.held = this.held.subarray(count)
  }

  async close(): Promise<void> {
    await this.chunks.return?.()
  }

  private async more(): Promise<void> {
    const { value, done } = this.ended ? { value: undefined, done: true } : await this.chunks.next()
    if (done || value === undefined) {
      this.ended = true
      throw damaged('it ends within a part')
    }
    this.held =
      this.held.length === 0
        ? Buffer.from(value.buffer, value.byteOffset, value.length)
        : Buffer.concat([this.held, value])
  }
}

/** A body that carries `parts` as DICOM instances, and the Content-Type that goes with it. Its length is known. */
export function writeParts(parts: readonly Uint8Array[]): { contentType: string; body: Blob } {
  const boundary = `emend-${randomBytes(16).toString('hex')}`
  const pieces = parts.flatMap((part) => [
    `--${boundary}\r\nContent-Type: application/dicom\r\n\r\n`,
    new Uint8Array(part),
    '\r\n',
  ])
  return {
    contentType: `multipart/related; type="application/dicom"; boundary=${boundary}`,
    body: new Blob([...pieces, `--${boundary}--\r\n`]),
  }
}
