import { DecoderThreads } from './decoderThreads'
import { hasCodec, type FrameCodec } from './frameCodecs'
import type { Instance } from './instance'
import { PixelReader, plainPlace, storedPixels, type StoredPixels } from './pixels'
import type { Slice } from './slice'

export interface ReadSlice {
  readonly slice: Slice
  /** Its memory is used again for the slices behind the next one. */
  readonly stored: StoredPixels
}

/** Slices that are being read while one is looked at. */
const AHEAD = 3
/** Fewer compressed slices are decoded before a thread has started. */
const LEAST_FOR_THREADS = 8

/**
 * The pixels of slices in order, while those that follow are already being read and, where they are compressed, decoded in
 * other threads.
 * @throws EmendError where a file is damaged or has gone
 */
export async function* readSlices(slices: readonly Slice[]): AsyncGenerator<ReadSlice> {
  const compressed = slices.filter(({ instance }) => hasCodec(instance.pixels.transferSyntax)).length
  const threads = compressed >= LEAST_FOR_THREADS ? DecoderThreads.open() : null
  const reader = new SliceReader(AHEAD + 1 + (threads?.count ?? 0), threads?.decode)
  const started: Promise<StoredPixels>[] = []
  try {
    for (const [n, slice] of slices.entries()) {
      while (started.length < reader.places && n + started.length < slices.length) {
        const read = reader.read(slices[n + started.length])
        // Whoever comes to it hears of its failure; nobody does where an earlier one ended the reading.
        read.catch(() => undefined)
        started.push(read)
      }
      yield { slice, stored: await (started.shift() as Promise<StoredPixels>) }
    }
  } finally {
    await threads?.close()
  }
}

/** Reads slices, at most `places` at a time, into memory that it uses again. */
class SliceReader {
  private readonly scratch: Uint8Array<ArrayBuffer>[] = []
  private turn = 0
  /** The file that was opened last: frames of one file follow one another. */
  private opened: { readonly instance: Instance; readonly reader: Promise<PixelReader> } | undefined

  constructor(
    readonly places: number,
    private readonly decode: FrameCodec | undefined,
  ) {}

  async read({ instance, frame }: Slice): Promise<StoredPixels> {
    const { source, pixels, pixelPlace } = instance
    const place = source.fill && plainPlace(pixels, pixelPlace, frame.index)
    if (source.fill && place) {
      const target = this.memory(place.length)
      if ((await source.fill(target, place.offset)) === place.length) return storedPixels(target, pixels)
    }
    return (await this.open(instance)).frame(frame.index)
  }

  private memory(length: number): Uint8Array<ArrayBuffer> {
    const n = this.turn++ % this.places
    if (this.scratch[n]?.length !== length) this.scratch[n] = new Uint8Array(length)
    return this.scratch[n]
  }

  private open(instance: Instance): Promise<PixelReader> {
    if (this.opened?.instance !== instance) {
      const { source, pixels } = instance
      const reader = source.read().then((bytes) => new PixelReader(bytes, pixels, source.name, this.decode))
      this.opened = { instance, reader }
    }
    return this.opened.reader
  }
}
