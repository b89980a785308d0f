import dicomParser from 'dicom-parser'
import { uidOfText } from '../imaging/dicom/uids'

/** What a DICOM file (PS3.10) says before its data set. */
export interface FileMeta {
  readonly sopClassUid: string
  readonly sopInstanceUid: string
  readonly transferSyntax: string
}

/** Preamble and meta header of a file; the data set, encoded as it says, follows. */
export function metaHeader({ sopClassUid, sopInstanceUid, transferSyntax }: FileMeta): Buffer {
  const version = element(0x0001, 'OB', Buffer.from([0, 1]))
  const rest = Buffer.concat([
    version,
    element(0x0002, 'UI', uid(sopClassUid)),
    element(0x0003, 'UI', uid(sopInstanceUid)),
    element(0x0010, 'UI', uid(transferSyntax)),
    element(0x0012, 'UI', uid(uidOfText('Emend'))),
    element(0x0013, 'SH', Buffer.from('EMEND ')),
  ])
  const length = Buffer.alloc(4)
  length.writeUInt32LE(rest.length)
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), element(0x0000, 'UL', length), rest])
}

/** A file's meta header and the bytes of its data set. @throws where it is no DICOM file */
export function splitFile(file: Uint8Array): { meta: FileMeta; dataSet: Uint8Array } {
  const header = dicomParser.readPart10Header(file)
  const text = (tag: string): string => header.string(tag) ?? ''
  const meta = { sopClassUid: text('x00020002'), sopInstanceUid: text('x00020003'), transferSyntax: text('x00020010') }
  const end = Math.max(...Object.values(header.elements).map(({ dataOffset, length }) => dataOffset + length))
  return { meta, dataSet: file.subarray(end) }
}

/** An element of group 2, explicit little endian. */
function element(number: number, vr: string, value: Buffer): Buffer {
  const long = vr === 'OB'
  const head = Buffer.alloc(long ? 12 : 8)
  head.writeUInt16LE(0x0002, 0)
  head.writeUInt16LE(number, 2)
  head.write(vr, 4, 'latin1')
  if (long) head.writeUInt32LE(value.length, 8)
  else head.writeUInt16LE(value.length, 6)
  return Buffer.concat([head, value])
}

/** Of even length, as every value is. */
function uid(text: string): Buffer {
  return Buffer.from(text.length % 2 === 0 ? text : `${text}\0`, 'latin1')
}
