import createCharls from '@cornerstonejs/codec-charls/decodewasmjs'
import createTurbo from '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs'
import createOpenJpeg from '@cornerstonejs/codec-openjpeg/decodewasmjs'
import createOpenJph from '@cornerstonejs/codec-openjph/wasmjs'
import dicomParser from 'dicom-parser'
import { inflateRawSync } from 'node:zlib'
import { Decoder as LosslessJpegDecoder } from 'jpeg-lossless-decoder-js'
import { EmendError } from '../../../shared/errors'
import { parseDicom, type Attributes } from './attributes'
import type { PixelFormat } from './instance'
import { decodeRle } from './rle'
import { decodeSequentialJpeg } from './sequentialJpeg'

/** Pixels as they are stored, before rescaling. */
export type StoredPixels = Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array

/** Decodes one frame to little-endian samples of `bitsAllocated` bits. */
type FrameCodec = (frame: Uint8Array, format: PixelFormat) => Promise<Uint8Array>

const BIG_ENDIAN = '1.2.840.10008.1.2.2'
const uncompressed = new Set(['1.2.840.10008.1.2', '1.2.840.10008.1.2.1', '1.2.840.10008.1.2.1.99', BIG_ENDIAN])

/** Codecs in WebAssembly start once, when first needed; what they print (OpenJPEG does) is of no use to anybody. */
function wasmCodec(create: () => Promise<new () => FrameDecoder>): FrameCodec {
  let started: Promise<new () => FrameDecoder> | undefined
  return async (frame, { bitsAllocated }) => {
    const Decoder = await (started ??= create())
    const decoder = new Decoder()
    try {
      decoder.getEncodedBuffer(frame.length).set(frame)
      decoder.decode()
      const decoded = decoder.getDecodedBuffer()
      const bytes = Uint8Array.from(decoded)
      return decoder.getFrameInfo().bitsPerSample <= 8 && bitsAllocated === 16 ? widened(bytes) : bytes
    } finally {
      decoder.delete()
    }
  }
}

const silent = (): CodecOptions => ({ print: () => undefined, printErr: () => undefined })

function widened(bytes: Uint8Array): Uint8Array {
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
const losslessJpeg: FrameCodec = (frame, { bitsAllocated }) => {
  const padded = withPaddedEnd(frame)
  const samples = new WholeNumberDecoder().decode(padded.buffer, 0, padded.length, bitsAllocated <= 8 ? 1 : 2)
  return Promise.resolve(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength))
}
const jpegLs = wasmCodec(async () => (await createCharls(silent())).JpegLSDecoder)
const jpeg2000 = wasmCodec(async () => (await createOpenJpeg(silent())).J2KDecoder)
const highThroughput = wasmCodec(async () => (await createOpenJph(silent())).HTJ2KDecoder)
const baselineJpeg = wasmCodec(async () => (await createTurbo(silent())).JPEGDecoder)

/** jpeg-lossless-decoder-js halves prediction 7 to fractions, where the standard has whole numbers. */
class WholeNumberDecoder extends LosslessJpegDecoder {
  override select7(offset?: number): number {
    return (this.getPreviousX(offset) + this.getPreviousY(offset)) >> 1
  }
}

/** Extended JPEG: 12 bits by our own decoder, 8 bits as baseline. */
const extendedJpeg: FrameCodec = async (frame, format) => {
  if (format.bitsStored <= 8) return baselineJpeg(frame, format)
  const { samples } = decodeSequentialJpeg(frame, format.rows * format.columns)
  return new Uint8Array(samples.buffer)
}

/**
 * jpeg-lossless-decoder-js loses the last pixel where its bits end right at the end marker: zeros before the marker,
 * which no pixel is left to read, keep it from looking ahead too early.
 */
function withPaddedEnd(frame: Uint8Array): Uint8Array<ArrayBuffer> {
  const marker = frame.lastIndexOf(0xd9) - 1
  const end = marker > 0 && frame[marker] === 0xff ? marker : frame.length
  const padded = new Uint8Array(end + 10)
  padded.set(frame.subarray(0, end))
  padded.set([0xff, 0xd9], end + 8)
  return padded
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

export function canDecode(transferSyntax: string): boolean {
  return uncompressed.has(transferSyntax) || transferSyntax in codecs
}

/** Reads the frames of one DICOM file's pixel data. */
export class PixelReader {
  private readonly file: Attributes
  private readonly format: PixelFormat
  private readonly name: string

  /** @throws EmendError where the file is damaged or its transfer syntax unknown */
  constructor(bytes: Uint8Array, format: PixelFormat, name: string) {
    if (!canDecode(format.transferSyntax)) {
      throw new EmendError(`${name} is compressed in a way that Emend cannot read (${format.transferSyntax})`)
    }
    this.file = parseDicom(bytes, name)
    this.format = format
    this.name = name
  }

  /**
   * Frame `index`, rows of columns, sign-extended from BitsStored.
   * @throws EmendError where it is cut short or damaged
   */
  async frame(index: number): Promise<StoredPixels> {
    const { rows, columns, bitsAllocated, transferSyntax } = this.format
    if (bitsAllocated === 1) return this.bits(index)
    const length = (rows * columns * bitsAllocated) / 8
    const codec = codecs[transferSyntax]
    const samples = codec ? await this.decoded(codec, index) : this.plain(index, length)
    if (samples.length !== length) {
      throw new EmendError(`${this.name} has ${samples.length} bytes of pixels where ${length} are due`)
    }
    return stored(samples, this.format)
  }

  /** A frame of single bits, as 0 and 1; frames follow one another without a gap unless they are compressed. */
  private async bits(index: number): Promise<Uint8Array> {
    const { rows, columns, transferSyntax } = this.format
    const pixels = rows * columns
    const codec = codecs[transferSyntax]
    const packed = codec ? await this.decoded(codec, index) : this.words(Math.ceil(((index + 1) * pixels) / 8))
    // Codecs for pictures give a byte a pixel.
    if (codec && packed.length === pixels) return packed.map((value) => (value === 0 ? 0 : 1))
    const first = codec ? 0 : index * pixels
    if (packed.length < Math.ceil((first + pixels) / 8)) {
      throw new EmendError(`${this.name} has ${packed.length} bytes of pixels where more are due`)
    }
    return unpackBits(packed, first, pixels)
  }

  /** The first bytes of pixels that are single bits; big endian files keep them in 16-bit words. */
  private words(length: number): Uint8Array {
    const element = this.file.dataSet.elements['x7fe00010']
    const available = element.length - (element.length % 2)
    const even = Math.min(length + (length % 2), available)
    const bytes = new Uint8Array(this.file.dataSet.byteArray.subarray(element.dataOffset, element.dataOffset + even))
    if (this.format.transferSyntax === BIG_ENDIAN && element.vr === 'OW') Buffer.from(bytes.buffer).swap16()
    return bytes
  }

  private plain(index: number, length: number): Uint8Array {
    const element = this.file.dataSet.elements['x7fe00010']
    const start = element.dataOffset + index * length
    const end = Math.min(start + length, element.dataOffset + element.length)
    const samples = this.file.dataSet.byteArray.slice(start, Math.max(start, end))
    // Buffer's slice shares memory and its place in it may be odd; the samples need their own.
    const own = new Uint8Array(samples)
    if (this.format.transferSyntax === BIG_ENDIAN && own.length === length) {
      const view = Buffer.from(own.buffer)
      const bytesInWords = this.format.bitsAllocated === 8 && element.vr === 'OW' && own.length % 2 === 0
      if (this.format.bitsAllocated === 16 || bytesInWords) view.swap16()
      if (this.format.bitsAllocated === 32) view.swap32()
    }
    return own
  }

  private async decoded(codec: FrameCodec, index: number): Promise<Uint8Array> {
    try {
      return await codec(this.encoded(index), this.format)
    } catch (error) {
      const why = error instanceof Error ? error.message : 'the codec gave up'
      throw new EmendError(`${this.name} has damaged pixels: ${why}`, { cause: error })
    }
  }

  private encoded(index: number): Uint8Array {
    const { dataSet } = this.file
    const element = dataSet.elements['x7fe00010']
    const fragments = element.fragments ?? []
    if (fragments.length === 0) throw new RangeError('no compressed frame is there')
    if (this.format.frames === 1) {
      return dicomParser.readEncapsulatedPixelDataFromFragments(dataSet, element, 0, fragments.length)
    }
    if (fragments.length === this.format.frames) {
      return dicomParser.readEncapsulatedPixelDataFromFragments(dataSet, element, index, 1)
    }
    const table = element.basicOffsetTable ?? []
    const offsets = table.length > 0 ? table : dicomParser.createJPEGBasicOffsetTable(dataSet, element)
    return dicomParser.readEncapsulatedImageFrame(dataSet, element, index, offsets)
  }
}

/** `count` bits from bit `first` on, the lowest bit of each byte first (PS3.5 8.1.1). */
function unpackBits(packed: Uint8Array, first: number, count: number): Uint8Array {
  const bits = new Uint8Array(count)
  for (let n = 0, at = first; n < count; n++, at++) bits[n] = (packed[at >>> 3] >>> (at & 7)) & 1
  return bits
}

function stored(bytes: Uint8Array, { bitsAllocated, bitsStored, highBit, signed }: PixelFormat): StoredPixels {
  const aligned = bytes.byteOffset % (bitsAllocated / 8) === 0 ? bytes : bytes.slice()
  const { buffer, byteOffset } = aligned
  const n = aligned.length / (bitsAllocated / 8)
  if (bitsAllocated === 8) {
    const pixels = signed ? new Int8Array(buffer, byteOffset, n) : new Uint8Array(buffer, byteOffset, n)
    return onlyStoredBits(pixels, 8, bitsStored, highBit, signed)
  }
  if (bitsAllocated === 16) {
    const pixels = signed ? new Int16Array(buffer, byteOffset, n) : new Uint16Array(buffer, byteOffset, n)
    return onlyStoredBits(pixels, 16, bitsStored, highBit, signed)
  }
  const pixels = signed ? new Int32Array(buffer, byteOffset, n) : new Uint32Array(buffer, byteOffset, n)
  return onlyStoredBits(pixels, 32, bitsStored, highBit, signed)
}

/** Old files keep overlays and rubbish in the unused high bits: only BitsStored bits up to HighBit count. */
function onlyStoredBits<T extends StoredPixels>(
  pixels: T,
  allocated: number,
  bits: number,
  highBit: number,
  signed: boolean,
): T {
  if (bits === allocated) return pixels
  const left = 32 - 1 - Math.min(highBit, allocated - 1)
  const right = 32 - bits
  for (let n = 0; n < pixels.length; n++) {
    const high = pixels[n] << left
    pixels[n] = signed ? high >> right : high >>> right
  }
  return pixels
}
