import dicomParser, { type DataSet } from 'dicom-parser'
import { inflateRawSync } from 'node:zlib'
import { EmendError } from '../../../shared/errors'

/** More than any real header or multi-frame image inflates to; a bomb stops here. */
const MOST_INFLATED = 2 ** 31

const IMPLICIT = '1.2.840.10008.1.2'
const EXPLICIT = '1.2.840.10008.1.2.1'

/** Whether the bytes carry DICOM's mark behind the 128-byte preamble, or begin like a bare data set. */
export function looksLikeDicom(bytes: Uint8Array): boolean {
  return hasMark(bytes) || bareSyntax(bytes) !== null
}

function hasMark(bytes: Uint8Array): boolean {
  return bytes.length > 132 && String.fromCharCode(...bytes.subarray(128, 132)) === 'DICM'
}

/**
 * The transfer syntax of a data set without preamble and meta header, as old archives store them; null where the bytes
 * are none. Such a file begins with two elements of group 8 in ascending order, the first of them short.
 */
function bareSyntax(bytes: Uint8Array): string | null {
  if (bytes.length < 64) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const [group, element] = [view.getUint16(0, true), view.getUint16(2, true)]
  if (group !== 8 || element > 0x18) return null
  const explicit = /^[A-Z]{2}$/.test(String.fromCharCode(bytes[4], bytes[5]))
  const next = 8 + (explicit ? view.getUint16(6, true) : view.getUint32(4, true))
  if (next > bytes.length - 8 || next > 200) return null
  const follows = view.getUint16(next, true) === 8 && view.getUint16(next + 2, true) > element
  return follows ? (explicit ? EXPLICIT : IMPLICIT) : null
}

/** The meta header (group 2) alone, whatever follows. @throws EmendError where it is damaged */
export function parseMeta(bytes: Uint8Array, name: string): Attributes {
  return parsing(name, () => new Attributes(dicomParser.readPart10Header(bytes)))
}

/**
 * Parses a DICOM file.
 * @param until 'pixels' stops before the pixel data, for the headers alone
 * @throws EmendError where it is damaged; `name` is how the message names the file
 */
export function parseDicom(bytes: Uint8Array, name: string, until?: 'pixels'): Attributes {
  return parsing(name, () => {
    const bare = hasMark(bytes) ? null : bareSyntax(bytes)
    const dataSet = dicomParser.parseDicom(bytes, {
      inflater: inflateDataSet,
      ...(until ? { untilTag: 'x7fe00010' } : {}),
      ...(bare ? { TransferSyntaxUID: bare } : {}),
    })
    return new Attributes(dataSet)
  })
}

function parsing(name: string, parse: () => Attributes): Attributes {
  try {
    return parse()
  } catch (error) {
    const why = error instanceof Error ? error.message : typeof error === 'string' ? error : 'it ends too early'
    throw new EmendError(`${name} is a damaged DICOM file: ${why.replace(/^dicomParser\.\w+: /, '')}`, { cause: error })
  }
}

/** The header stays as it is, the rest is inflated (deflated explicit little endian). */
function inflateDataSet(file: Uint8Array, position: number): Uint8Array {
  const rest = inflateRawSync(file.subarray(position), { maxOutputLength: MOST_INFLATED })
  return Buffer.concat([file.subarray(0, position), rest])
}

/** Decoders by Specific Character Set (0008,0005); the first value speaks for the whole. */
const charsets: Readonly<Record<string, string>> = {
  'ISO_IR 192': 'utf-8',
  GB18030: 'gb18030',
  GBK: 'gbk',
  'ISO_IR 101': 'iso-8859-2',
  'ISO_IR 109': 'iso-8859-3',
  'ISO_IR 110': 'iso-8859-4',
  'ISO_IR 144': 'iso-8859-5',
  'ISO_IR 127': 'iso-8859-6',
  'ISO_IR 126': 'iso-8859-7',
  'ISO_IR 138': 'iso-8859-8',
  'ISO_IR 148': 'windows-1254',
  'ISO_IR 166': 'windows-874',
  'ISO_IR 13': 'shift_jis',
  'ISO 2022 IR 13': 'shift_jis',
  'ISO 2022 IR 87': 'iso-2022-jp',
  'ISO 2022 IR 149': 'euc-kr',
}

const decoders = new Map<string, TextDecoder>()

function decoderOf(charset: string): TextDecoder {
  const known = decoders.get(charset)
  if (known) return known
  const decoder = new TextDecoder(charset)
  decoders.set(charset, decoder)
  return decoder
}

/** A data set's values by tag ('x00280010'), as strings and numbers. */
export class Attributes {
  readonly dataSet: DataSet
  private readonly charset: string

  constructor(dataSet: DataSet, charset?: string) {
    this.dataSet = dataSet
    const declared = dataSet.string('x00080005')?.split('\\').find(Boolean)
    this.charset = declared ? (charsets[declared.trim()] ?? 'windows-1252') : (charset ?? 'windows-1252')
  }

  has(tag: string): boolean {
    return tag in this.dataSet.elements
  }

  /** Text in the file's character set, trimmed; '' where absent. */
  text(tag: string): string {
    const element = this.dataSet.elements[tag]
    if (!element || element.length <= 0) return ''
    const bytes = this.dataSet.byteArray.subarray(element.dataOffset, element.dataOffset + element.length)
    return decoderOf(this.charset).decode(bytes).replace(/\0+$/, '').trim()
  }

  texts(tag: string): string[] {
    const text = this.text(tag)
    return text === '' ? [] : text.split('\\').map((part) => part.trim())
  }

  /** Values of a decimal or integer string; empty where absent or where one of them is no number. */
  numbers(tag: string): number[] {
    const values = this.texts(tag).map((part) => (part === '' ? NaN : Number(part)))
    return values.every(Number.isFinite) ? values : []
  }

  number(tag: string): number | undefined {
    return this.numbers(tag)[0]
  }

  /** A 16-bit unsigned number. */
  short(tag: string): number | undefined {
    return this.dataSet.uint16(tag)
  }

  signedShort(tag: string): number | undefined {
    return this.dataSet.int16(tag)
  }

  /** A 32-bit unsigned number. */
  long(tag: string): number | undefined {
    return this.dataSet.uint32(tag)
  }

  /** A 64-bit floating-point number. */
  double(tag: string): number | undefined {
    return this.dataSet.double(tag)
  }

  items(tag: string): Attributes[] {
    const items = this.dataSet.elements[tag]?.items ?? []
    return items.flatMap((item) => (item.dataSet ? [new Attributes(item.dataSet, this.charset)] : []))
  }

  item(tag: string): Attributes | undefined {
    return this.items(tag)[0]
  }
}
