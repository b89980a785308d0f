import { DecoderThreads, FrameMemory } from './decoderThreads'
import { hasCodec } from './frameCodecs'
import type { Instance } from './instance'
import { allocatedPixels, PixelReader, plainPlace, type StoredPixels } from './pixels'
import type { Slice } from './slice'

export interface ReadSlice {
  readonly slice: Slice
  /** With whatever their unused bits hold. Where no room was given, in memory that later slices use again. */
  readonly stored: StoredPixels
}

/** Memory for the bytes of slice `n` where they can be put at once; null where there is none of that length. */
export type Room = (n: number, length: number) => Uint8Array | null

/** Slices that are being read while one is looked at. */
const AHEAD = 8
/** Fewer compressed slices are decoded before a thread has started. */
const LEAST_FOR_THREADS = 8

/**
 * The pixels of slices in order, while those that follow are already being read and, where they are compressed, decoded in
 * other threads.
 * @param room for slices whose bytes lie in the file as they are
 * @throws EmendError where a file is damaged or has gone
 */
export async function* readSlices(slices: readonly Slice[], room: Room): AsyncGenerator<ReadSlice> {
  const compressed = slices.filter(({ instance }) => hasCodec(instance.pixels.transferSyntax)).length
  const threads = compressed >= LEAST_FOR_THREADS ? DecoderThreads.open() : null
  const reader = new SliceReader(AHEAD + 1 + (threads?.count ?? 0), threads)
  const started: Promise<StoredPixels>[] = []
  try {
    for (const [n, slice] of slices.entries()) {
      while (started.length < reader.places && n + started.length < slices.length) {
        const next = n + started.length
        const read = reader.read(slices[next], (length) => room(next, length))
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

/** What the reading of one slice needs, kept for one that comes later. */
interface Place {
  file: Uint8Array<ArrayBuffer>
  readonly frame: FrameMemory
}

/** Larger frames, true or made up by damage, get memory only for what is there, bytes. */
const MOST_KEPT = 1 << 26
/** More than headers take beside a compressed frame, bytes. */
const HEADER = 1 << 16

/** Reads slices, at most `places` at a time, into memory that it uses again. */
class SliceReader {
  private readonly memory: Place[] = []
  private turn = 0
  /** The multi-frame file that was opened last: frames of one file follow one another. */
  private opened: { readonly instance: Instance; readonly reader: Promise<PixelReader> } | undefined

  constructor(
    readonly places: number,
    private readonly threads: DecoderThreads | null,
  ) {}

  async read({ instance, frame }: Slice, room: (length: number) => Uint8Array | null): Promise<StoredPixels> {
    const place = (this.memory[this.turn++ % this.places] ??= { file: new Uint8Array(0), frame: new FrameMemory() })
    const { source, pixels, pixelPlace } = instance
    const length = pixels.rows * pixels.columns * Math.ceil(pixels.bitsAllocated / 8)
    if (length > MOST_KEPT) return (await this.open(instance)).allocated(frame.index)
    const plain = source.fill && plainPlace(pixels, pixelPlace, frame.index)
    if (source.fill && plain) {
      const target = room(plain.length) ?? fileMemory(place, plain.length)
      if ((await source.fill(target, plain.offset)) === plain.length) return allocatedPixels(target, pixels)
    }
    const reader = pixels.frames === 1 ? await this.openSingle(instance, place, length) : await this.open(instance)
    return reader.allocated(frame.index, this.threads?.into(place.frame))
  }

  /** A file that is no longer than its frame would be uncompressed needs no memory of its own. */
  private async openSingle({ source, pixels }: Instance, place: Place, frameLength: number): Promise<PixelReader> {
    const target = fileMemory(place, frameLength + HEADER)
    const length = (await source.fill?.(target, 0)) ?? target.length
    const bytes = length < target.length ? target.subarray(0, length) : await source.read()
    return new PixelReader(bytes, pixels, source.name)
  }

  private open(instance: Instance): Promise<PixelReader> {
    if (this.opened?.instance !== instance) {
      const { source, pixels } = instance
      const reader = source.read().then((bytes) => new PixelReader(bytes, pixels, source.name))
      this.opened = { instance, reader }
    }
    return this.opened.reader
  }
}

function fileMemory(place: Place, length: number): Uint8Array<ArrayBuffer> {
  if (place.file.length !== length) place.file = new Uint8Array(length)
  return place.file
}
