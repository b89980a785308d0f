/**
 * Decodes sequential JPEG (ITU-T T.81, Huffman) of one component with 8 or 12 bits a sample: what DICOM's JPEG Extended
 * (.51) holds where its samples have 12 bits. Written here because the registry's JPEG decoders stop at 8 bits.
 */
export interface DecodedJpeg {
  readonly width: number
  readonly height: number
  readonly precision: 8 | 12
  /** Row by row. */
  readonly samples: Uint16Array
}

const SOI = 0xd8
const EOI = 0xd9
const SOS = 0xda
const DQT = 0xdb
const DHT = 0xc4
const DRI = 0xdd
const BASELINE = 0xc0
const EXTENDED = 0xc1

/** Where each of a block's 64 coefficients lies, in the order they are coded (T.81 figure A.6). */
const ZIGZAG = Uint8Array.of(
  0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
  35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55,
  62, 63,
) // prettier-ignore

/** COSINE[8 * x + u] = C(u) / 2 * cos((2x + 1) u pi / 16) (T.81 A.3.3). */
const COSINE = Float64Array.from({ length: 64 }, (_, n) => {
  const [x, u] = [n >> 3, n & 7]
  return ((u === 0 ? Math.SQRT1_2 : 1) / 2) * Math.cos(((2 * x + 1) * u * Math.PI) / 16)
})

interface FrameHeader {
  readonly precision: 8 | 12
  readonly width: number
  readonly height: number
  readonly quantization: number
}

/** @param largest samples that the caller expects at most: a damaged header asks for no more memory. @throws RangeError */
export function decodeSequentialJpeg(bytes: Uint8Array, largest: number): DecodedJpeg {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.byteLength < 4 || view.getUint16(0) !== (0xff00 | SOI)) throw new RangeError('it does not begin like a JPEG')
  const tables = new Map<number, Float64Array>()
  const codes = new Map<number, HuffmanTable>()
  let frame: FrameHeader | null = null
  let restart = 0
  for (let at = 2; at + 4 <= bytes.length;) {
    if (bytes[at] !== 0xff) throw new RangeError('a marker is missing')
    const marker = bytes[at + 1]
    if (marker === 0xff) {
      at++
      continue
    }
    if (marker === EOI) break
    const length = view.getUint16(at + 2)
    const segment = bytes.subarray(at + 4, at + 2 + length)
    if (length < 2 || segment.length !== length - 2) throw new RangeError('a segment is cut short')
    if (marker === DQT) readQuantization(segment, tables)
    else if (marker === DHT) readHuffman(segment, codes)
    else if (marker === DRI) restart = (segment[0] << 8) | segment[1]
    else if (marker === BASELINE || marker === EXTENDED) frame = readFrame(segment)
    else if (marker > EXTENDED && marker < 0xd0 && marker !== 0xc8 && marker !== 0xcc)
      throw new RangeError('it is no sequential JPEG')
    else if (marker === SOS) {
      if (!frame) throw new RangeError('its frame header is missing')
      if (frame.width * frame.height > largest) throw new RangeError('it is larger than its image')
      const quantization = tables.get(frame.quantization)
      const dc = codes.get(segment[2] >> 4)
      const ac = codes.get(0x10 | (segment[2] & 15))
      if (segment[0] !== 1 || !quantization || !dc || !ac) throw new RangeError('a table is missing')
      const samples = decodeScan(new BitReader(bytes, at + 2 + length), frame, { quantization, dc, ac, restart })
      return { width: frame.width, height: frame.height, precision: frame.precision, samples }
    }
    at += 2 + length
  }
  throw new RangeError('it holds no scan')
}

function readFrame(segment: Uint8Array): FrameHeader {
  const [precision, h1, h0, w1, w0, components] = segment
  if ((precision !== 8 && precision !== 12) || components !== 1) {
    throw new RangeError(`it has ${components} components of ${precision} bits`)
  }
  return { precision, height: (h1 << 8) | h0, width: (w1 << 8) | w0, quantization: segment[8] }
}

function readQuantization(segment: Uint8Array, tables: Map<number, Float64Array>): void {
  for (let at = 0; at < segment.length;) {
    const [wide, id] = [segment[at] >> 4 !== 0, segment[at] & 15]
    at++
    const table = new Float64Array(64)
    for (let n = 0; n < 64; n++, at += wide ? 2 : 1) {
      table[ZIGZAG[n]] = wide ? (segment[at] << 8) | segment[at + 1] : segment[at]
    }
    tables.set(id, table)
  }
}

/** Codes by length: those of length n are `least[n]` to `most[n]`, their symbols from `first[n]` on (T.81 F.2.2.3). */
interface HuffmanTable {
  readonly least: Int32Array
  readonly most: Int32Array
  readonly first: Int32Array
  readonly symbols: Uint8Array
}

function readHuffman(segment: Uint8Array, codes: Map<number, HuffmanTable>): void {
  for (let at = 0; at + 17 <= segment.length;) {
    const id = segment[at]
    const counts = segment.subarray(at + 1, at + 17)
    const total = counts.reduce((sum, count) => sum + count, 0)
    const symbols = segment.slice(at + 17, at + 17 + total)
    const [least, most, first] = [new Int32Array(17), new Int32Array(17).fill(-1), new Int32Array(17)]
    let [code, symbol] = [0, 0]
    for (let length = 1; length <= 16; length++) {
      least[length] = code
      first[length] = symbol
      code += counts[length - 1]
      symbol += counts[length - 1]
      if (counts[length - 1] > 0) most[length] = code - 1
      code <<= 1
    }
    codes.set(id, { least, most, first, symbols })
    at += 17 + total
  }
}

/** Bits of the entropy-coded part, the highest of each byte first; 0xff00 stands for 0xff. */
class BitReader {
  private bits = 0
  private left = 0

  constructor(
    private readonly bytes: Uint8Array,
    private at: number,
  ) {}

  bit(): number {
    if (this.left === 0) {
      if (this.at >= this.bytes.length) throw new RangeError('it is cut short')
      this.bits = this.bytes[this.at++]
      this.left = 8
      if (this.bits === 0xff) {
        if (this.bytes[this.at] !== 0) throw new RangeError('its coded part ends too early')
        this.at++
      }
    }
    return (this.bits >> --this.left) & 1
  }

  symbol({ least, most, first, symbols }: HuffmanTable): number {
    let code = 0
    for (let length = 1; length <= 16; length++) {
      code = (code << 1) | this.bit()
      if (code <= most[length]) return symbols[first[length] + code - least[length]]
    }
    throw new RangeError('it holds a code of no table')
  }

  /** A number of `size` bits, where the lower half stands for the negative ones (T.81 F.2.2.1). */
  number(size: number): number {
    let value = 0
    for (let n = 0; n < size; n++) value = (value << 1) | this.bit()
    return size > 0 && value < 1 << (size - 1) ? value - (1 << size) + 1 : value
  }

  /** Goes past the next restart marker. */
  restart(): void {
    this.left = 0
    const { bytes } = this
    if (bytes[this.at] !== 0xff || bytes[this.at + 1] < 0xd0 || bytes[this.at + 1] > 0xd7) {
      throw new RangeError('a restart marker is missing')
    }
    this.at += 2
  }
}

interface ScanTables {
  readonly quantization: Float64Array
  readonly dc: HuffmanTable
  readonly ac: HuffmanTable
  /** Blocks between restart markers; 0 for none. */
  readonly restart: number
}

function decodeScan(reader: BitReader, { width, height, precision }: FrameHeader, tables: ScanTables): Uint16Array {
  const samples = new Uint16Array(width * height)
  const across = Math.ceil(width / 8)
  const blocks = across * Math.ceil(height / 8)
  const coefficients = new Float64Array(64)
  const rows = new Float64Array(64)
  const middle = 1 << (precision - 1)
  const most = (1 << precision) - 1
  let previous = 0
  for (let block = 0; block < blocks; block++) {
    if (tables.restart > 0 && block > 0 && block % tables.restart === 0) {
      reader.restart()
      previous = 0
    }
    previous = readBlock(reader, tables, previous, coefficients)
    inverseCosine(coefficients, rows)
    const x0 = (block % across) * 8
    const y0 = Math.floor(block / across) * 8
    for (let y = 0; y < 8 && y0 + y < height; y++) {
      const to = (y0 + y) * width + x0
      for (let x = 0; x < 8 && x0 + x < width; x++) {
        const value = Math.round(coefficients[8 * y + x]) + middle
        samples[to + x] = value < 0 ? 0 : value > most ? most : value
      }
    }
  }
  return samples
}

/** Reads one block's coefficients, dequantized and in place; returns its undivided DC for the next block to build on. */
function readBlock(reader: BitReader, tables: ScanTables, previous: number, out: Float64Array): number {
  const { quantization, dc, ac } = tables
  out.fill(0)
  const level = previous + reader.number(Math.min(16, reader.symbol(dc)))
  out[0] = level * quantization[0]
  for (let n = 1; n < 64; n++) {
    const symbol = reader.symbol(ac)
    const size = symbol & 15
    if (size === 0) {
      if (symbol !== 0xf0) break
      n += 15
      continue
    }
    n += symbol >> 4
    if (n > 63) throw new RangeError('a block has too many coefficients')
    out[ZIGZAG[n]] = reader.number(size) * quantization[ZIGZAG[n]]
  }
  return level
}

/** The inverse cosine transform of an 8 x 8 block, in place, rows first (T.81 A.3.3). */
function inverseCosine(block: Float64Array, rows: Float64Array): void {
  for (let v = 0; v < 8; v++) {
    for (let x = 0; x < 8; x++) {
      let sum = 0
      for (let u = 0; u < 8; u++) sum += COSINE[8 * x + u] * block[8 * v + u]
      rows[8 * v + x] = sum
    }
  }
  for (let x = 0; x < 8; x++) {
    for (let y = 0; y < 8; y++) {
      let sum = 0
      for (let v = 0; v < 8; v++) sum += COSINE[8 * y + v] * rows[8 * v + x]
      block[8 * y + x] = sum
    }
  }
}
