import type { Piece } from './arrival'

/** What is told of at once, bytes. */
const portion = 1 << 20

/** Unpacks a gzipped file piece by piece, as it comes, into the voxels that it holds. */
export class Unpacker {
  private readonly voxels: Uint8Array<ArrayBuffer>
  private readonly writer: WritableStreamDefaultWriter<BufferSource>
  private readonly whole: Promise<ArrayBuffer | null>

  /**
   * @param start where the voxels begin in the unpacked file
   * @param length of the voxels, bytes; the file ends with them
   * @param tell of what is unpacked, a copy of it, piece by piece
   */
  constructor(
    private readonly start: number,
    length: number,
    private readonly tell: (piece: Piece) => void = () => undefined,
  ) {
    this.voxels = new Uint8Array(length)
    const { readable, writable } = new DecompressionStream('gzip')
    this.writer = writable.getWriter()
    this.whole = this.read(readable.getReader()).catch(() => null)
  }

  add(piece: Uint8Array<ArrayBuffer>): void {
    // What is wrong with it, the reading end is told too.
    this.writer.write(piece).catch(() => undefined)
  }

  /** The voxels; null where the file is damaged, cut short, or not as long as it should be. */
  end(): Promise<ArrayBuffer | null> {
    this.writer.close().catch(() => undefined)
    return this.whole
  }

  private async read(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<ArrayBuffer | null> {
    const { voxels, start } = this
    /** In the unpacked file. */
    let at = 0
    let told = 0
    const tellUpTo = (to: number): void => {
      if (to > told) this.tell({ at: told, bytes: voxels.slice(told, to) })
      told = to
    }
    for (let { done, value } = await reader.read(); !done && value; { done, value } = await reader.read()) {
      const piece = at < start ? value.subarray(start - at) : value
      const to = Math.max(0, at - start)
      if (to + piece.length > voxels.length) return null
      voxels.set(piece, to)
      at += value.length
      if (at - start - told >= portion) tellUpTo(at - start)
    }
    tellUpTo(Math.max(0, at - start))
    return at === start + voxels.length ? voxels.buffer : null
  }
}
