import { inflateRawSync } from 'node:zlib'
import type { PixelFormat } from './instance'
import { decodeRle } from './rle'
import { decodeSequentialJpeg } from './sequentialJpeg'

/**
 * Decodes one frame to little-endian samples of `bitsAllocated` bits.
 * @param into memory for them, which a codec uses where it can and they fill it
 */
export type FrameCodec = (frame: Uint8Array, format: PixelFormat, into?: Uint8Array) => Promise<Uint8Array>

/** Codecs in WebAssembly are loaded and start once, when first needed; what they print (OpenJPEG does) is of no use to anybody. */
function wasmCodec(create: () => Promise<new () => FrameDecoder>): FrameCodec {
  let started: Promise<new () => FrameDecoder> | undefined
  return async (frame, { bitsAllocated }, into) => {
    const Decoder = await (started ??= create())
    const decoder = new Decoder()
    try {
      decoder.getEncodedBuffer(frame.length).set(frame)
      decoder.decode()
      const decoded = decoder.getDecodedBuffer()
      if (decoder.getFrameInfo().bitsPerSample <= 8 && bitsAllocated === 16) return widened(decoded)
      if (into?.length !== decoded.length) return new Uint8Array(decoded)
      into.set(decoded)
      giveBack(decoded)
      return into
    } finally {
      decoder.delete()
    }
  }
}

/**
 * Frees a codec's own copy of a frame at once; the collector lets dozens of them pile up. What is posted to a closed port
 * is gone. A view of the codec's whole memory is left alone.
 */
function giveBack({ buffer, byteLength }: Uint8Array | Uint8ClampedArray): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) nowhere.postMessage(null, [buffer])
}

const { port1: nowhere, port2: end } = new MessageChannel()
end.close()

const silent = (): CodecOptions => ({ print: () => undefined, printErr: () => undefined })

function widened(bytes: ArrayLike<number>): Uint8Array {
  return new Uint8Array(Uint16Array.from(bytes).buffer)
}

const rle: FrameCodec = (frame, { rows, columns, bitsAllocated }) =>
  Promise.resolve(
    bitsAllocated === 1
      ? decodeRle(frame, Math.ceil((rows * columns) / 8), 1)
      : decodeRle(frame, rows * columns, bitsAllocated / 8),
  )
/** Deflated Image Frame Compression (Supplement 244): raw deflate, to no more than a frame holds. */
const deflated: FrameCodec = (frame, { rows, columns, bitsAllocated }) => {
  const length = Math.ceil((rows * columns * bitsAllocated) / 8)
  return Promise.resolve(inflateRawSync(frame, { maxOutputLength: length + 1 }).subarray(0, length))
}
const losslessJpeg: FrameCodec = async (frame, { bitsAllocated }) => {
  const { decodeLosslessJpeg } = await import('./losslessJpeg')
  return decodeLosslessJpeg(frame, bitsAllocated <= 8 ? 1 : 2)
}
const jpegLs = wasmCodec(async () => {
  const { default: create } = await import('@cornerstonejs/codec-charls/decodewasmjs')
  return (await create(silent())).JpegLSDecoder
})
const jpeg2000 = wasmCodec(async () => {
  const { default: create } = await import('@cornerstonejs/codec-openjpeg/decodewasmjs')
  return (await create(silent())).J2KDecoder
})
const highThroughput = wasmCodec(async () => {
  const { default: create } = await import('@cornerstonejs/codec-openjph/wasmjs')
  return (await create(silent())).HTJ2KDecoder
})
const baselineJpeg = wasmCodec(async () => {
  const { default: create } = await import('@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs')
  return (await create(silent())).JPEGDecoder
})

/** Extended JPEG: 12 bits by our own decoder, 8 bits as baseline. */
const extendedJpeg: FrameCodec = async (frame, format) => {
  if (format.bitsStored <= 8) return baselineJpeg(frame, format)
  const { samples } = decodeSequentialJpeg(frame, format.rows * format.columns)
  return new Uint8Array(samples.buffer)
}

/** Codecs by transfer syntax (PS3.6 Table A-1). */
const codecs: Readonly<Record<string, FrameCodec | undefined>> = {
  '1.2.840.10008.1.2.4.50': baselineJpeg,
  '1.2.840.10008.1.2.4.51': extendedJpeg,
  '1.2.840.10008.1.2.4.57': losslessJpeg,
  '1.2.840.10008.1.2.4.70': losslessJpeg,
  '1.2.840.10008.1.2.4.80': jpegLs,
  '1.2.840.10008.1.2.4.81': jpegLs,
  '1.2.840.10008.1.2.4.90': jpeg2000,
  '1.2.840.10008.1.2.4.91': jpeg2000,
  '1.2.840.10008.1.2.4.201': highThroughput,
  '1.2.840.10008.1.2.4.202': highThroughput,
  '1.2.840.10008.1.2.4.203': highThroughput,
  '1.2.840.10008.1.2.5': rle,
  '1.2.840.10008.1.2.8.1': deflated,
}

/** Whether a transfer syntax has a codec here; uncompressed ones need none. */
export function hasCodec(transferSyntax: string): boolean {
  return transferSyntax in codecs
}

/** Decodes in this thread. Rejects with whatever a codec makes of damage. */
export const decodeFrame: FrameCodec = async (frame, format, into) => {
  const codec = codecs[format.transferSyntax]
  if (!codec) throw new RangeError(`no codec for ${format.transferSyntax}`)
  return codec(frame, format, into)
}
