import dicomParser from 'dicom-parser'
import { EmendError } from '../../../shared/errors'
import { parseDicom, type Attributes } from './attributes'
import { decodeFrame, hasCodec, type FrameCodec } from './frameCodecs'
import type { BytePlace, PixelFormat } from './instance'

/** Pixels as they are stored, before rescaling. */
export type StoredPixels = Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array

/** Which bits of a stored value count. */
export type StoredBits = Pick<PixelFormat, 'bitsAllocated' | 'bitsStored' | 'highBit' | 'signed'>

const BIG_ENDIAN = '1.2.840.10008.1.2.2'
const readAsItLies = new Set(['1.2.840.10008.1.2', '1.2.840.10008.1.2.1'])
const uncompressed = new Set([...readAsItLies, '1.2.840.10008.1.2.1.99', BIG_ENDIAN])

export function canDecode(transferSyntax: string): boolean {
  return uncompressed.has(transferSyntax) || hasCodec(transferSyntax)
}

/**
 * Where in its file a frame lies that needs no more than `allocatedPixels`; undefined where it is compressed, swapped or
 * deflated, or the header does not hold together.
 * @param place of the pixel data, as the header has it
 */
export function plainPlace(format: PixelFormat, place: BytePlace | undefined, index: number): BytePlace | undefined {
  const { transferSyntax, rows, columns, bitsAllocated } = format
  if (!place || !readAsItLies.has(transferSyntax) || bitsAllocated < 8) return undefined
  const length = (rows * columns * bitsAllocated) / 8
  const inside = (index + 1) * length <= place.length
  return inside ? { offset: place.offset + index * length, length } : undefined
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

  /** Frame `index`, rows of columns, sign-extended from BitsStored. @throws EmendError where it is cut short or damaged */
  async frame(index: number): Promise<StoredPixels> {
    return onlyStoredBits(await this.allocated(index), this.format)
  }

  /**
   * The same with whatever the unused bits hold, for `onlyStoredBits`.
   * @param decode where a compressed frame is decoded: in this thread, or elsewhere
   */
  async allocated(index: number, decode: FrameCodec = decodeFrame): Promise<StoredPixels> {
    const { rows, columns, bitsAllocated, transferSyntax } = this.format
    const codec = hasCodec(transferSyntax) ? decode : null
    if (bitsAllocated === 1) return this.bits(index, codec)
    const length = (rows * columns * bitsAllocated) / 8
    const samples = codec ? await this.decoded(codec, index) : this.plain(index, length)
    if (samples.length !== length) {
      throw new EmendError(`${this.name} has ${samples.length} bytes of pixels where ${length} are due`)
    }
    return allocatedPixels(samples, this.format)
  }

  /** A frame of single bits, as 0 and 1; frames follow one another without a gap unless they are compressed. */
  private async bits(index: number, codec: FrameCodec | null): Promise<Uint8Array> {
    const { rows, columns } = this.format
    const pixels = rows * columns
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

/** Samples of `bitsAllocated` bits in little endian as numbers, with whatever their unused bits hold, in the same memory. */
export function allocatedPixels(bytes: Uint8Array, { bitsAllocated, signed }: PixelFormat): StoredPixels {
  const aligned = bytes.byteOffset % (bitsAllocated / 8) === 0 ? bytes : bytes.slice()
  const { buffer, byteOffset } = aligned
  const n = aligned.length / (bitsAllocated / 8)
  if (bitsAllocated === 8) {
    return signed ? new Int8Array(buffer, byteOffset, n) : new Uint8Array(buffer, byteOffset, n)
  }
  if (bitsAllocated === 16) {
    return signed ? new Int16Array(buffer, byteOffset, n) : new Uint16Array(buffer, byteOffset, n)
  }
  return signed ? new Int32Array(buffer, byteOffset, n) : new Uint32Array(buffer, byteOffset, n)
}

/** Old files keep overlays and rubbish in the unused high bits: only BitsStored bits up to HighBit count. In place. */
export function onlyStoredBits<T extends StoredPixels>(pixels: T, format: StoredBits): T {
  const { bitsAllocated, bitsStored, highBit, signed } = format
  if (bitsStored === bitsAllocated || bitsAllocated === 1) return pixels
  const left = 32 - 1 - Math.min(highBit, bitsAllocated - 1)
  const right = 32 - bitsStored
  for (let n = 0; n < pixels.length; n++) {
    const high = pixels[n] << left
    pixels[n] = signed ? high >> right : high >>> right
  }
  return pixels
}
