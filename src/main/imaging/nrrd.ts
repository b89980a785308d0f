import { gunzipSync } from 'node:zlib'
import { EmendError } from '../../shared/errors'
import { columnOf, type Vec3 } from '../../shared/geometry/affine'
import { writeFileAtomic } from './atomicFile'
import { contentOf, filesBeside, type ReadBeside } from './beside'
import { gzip } from './nifti'
import { parseNrrdHeader, type NrrdHeader } from './nrrdHeader'
import { voxelCount, type Volume } from './volume'
import { isGzip, unpackTo, voxelsFrom, voxelsFromText, voxelTypeOf, voxelTypes } from './voxelTypes'

export interface NrrdImage {
  readonly volume: Volume
  readonly warnings: readonly string[]
}

/** Whether the bytes begin like an NRRD file. */
export function looksLikeNrrd(bytes: Uint8Array): boolean {
  return /^NRRD000\d\r?\n/.test(String.fromCharCode(...bytes.subarray(0, 10)))
}

/**
 * Reads an NRRD file (teem.sourceforge.net/nrrd/format.html): raw, gzip, ascii or hex, either byte order, a scalar image
 * of up to three axes longer than 1. Space directions turn to RAS mm; without them `spacings` do, along the axes.
 * @param name how errors name the file
 * @param beside reads the files of a detached header (.nhdr)
 * @throws EmendError where it is damaged, cut short, or no scalar image
 */
export async function readNrrd(bytes: Uint8Array, name = 'the file', beside?: ReadBeside): Promise<NrrdImage> {
  const header = parseNrrdHeader(bytes, name)
  const count = voxelCount(header.dims)
  if (header.files.length > 0 && !beside) {
    throw new EmendError(`${name} is an NRRD header whose voxels lie in other files`)
  }
  const parts = header.files.length > 0 && beside ? await readAll(header.files, beside) : [bytes.subarray(header.end)]
  const data =
    header.encoding === 'ascii'
      ? voxelsFromText(joined(parts), header.type, count, name)
      : voxelsFrom(joined(parts.map((part) => unpacked(part, header, count / parts.length, name))), header.type, header.littleEndian) // prettier-ignore
  if (data.length < count) throw new EmendError(`${name} is cut short: ${data.length} of ${count} voxels are there`)
  const volume = { dims: header.dims, affine: header.affine, data: data.subarray(0, count) }
  return { volume, warnings: header.warnings }
}

async function readAll(files: readonly string[], beside: ReadBeside): Promise<Uint8Array[]> {
  const parts: Uint8Array[] = []
  for (const file of files) parts.push(await beside(file))
  return parts
}

/** The bytes of `count` voxels from one file's part, behind the lines and bytes that the header says to skip. */
function unpacked(part: Uint8Array, header: NrrdHeader, count: number, name: string): Uint8Array {
  const { encoding, lineSkip, byteSkip, type } = header
  const length = count * voxelTypes[type].bytes
  let from = 0
  for (let line = 0; line < lineSkip; line++) {
    const end = part.indexOf(10, from)
    if (end < 0) throw new EmendError(`${name} is cut short`)
    from = end + 1
  }
  if (encoding === 'hex') return hexBytes(part.subarray(from), length, name)
  const packed = part.subarray(from)
  const bytes = encoding === 'gzip' ? gunzipped(packed, length + Math.max(0, byteSkip), name) : packed
  // Minus one: the voxels are the end of the file, whatever goes before.
  const start = byteSkip === -1 ? bytes.length - length : byteSkip
  if (start < 0 || bytes.length < start + length) {
    throw new EmendError(`${name} is cut short: ${bytes.length} of ${start + length} bytes are there`)
  }
  return bytes.subarray(start, start + length)
}

function gunzipped(packed: Uint8Array, length: number, name: string): Uint8Array {
  if (!isGzip(packed)) throw new EmendError(`${name} is corrupt: its voxels are not packed as its header says`)
  return unpackTo(length, packed, name, gunzipSync)
}

function hexBytes(text: Uint8Array, length: number, name: string): Uint8Array {
  const digits = new TextDecoder('latin1')
    .decode(text)
    .replace(/\s+/g, '')
    .slice(0, 2 * length)
  const bytes = Buffer.from(digits, 'hex')
  if (bytes.length < length) throw new EmendError(`${name} is cut short or no hexadecimal text`)
  return bytes
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 ? parts[0] : Buffer.concat(parts)
}

/** Reads an .nrrd file, or an .nhdr with the files that it names beside it. @throws EmendError as readNrrd */
export async function loadNrrd(path: string): Promise<NrrdImage> {
  return readNrrd(await contentOf(path), path, filesBeside(path))
}

/** An .nrrd file, gzip-encoded: space directions and origin in RAS mm, little endian. */
export async function writeNrrd(volume: Volume): Promise<Uint8Array> {
  const { dims, affine, data } = volume
  const vector = (v: Vec3): string => `(${v.join(',')})`
  const header = [
    'NRRD0005',
    '# Emend: not for clinical use',
    `type: ${voxelTypeOf(data) === 'float32' ? 'float' : voxelTypeOf(data) === 'float64' ? 'double' : voxelTypeOf(data)}`,
    'dimension: 3',
    'space: right-anterior-superior',
    `sizes: ${dims.join(' ')}`,
    `space directions: ${([0, 1, 2] as const).map((axis) => vector(columnOf(affine, axis))).join(' ')}`,
    'kinds: domain domain domain',
    'space units: "mm" "mm" "mm"',
    ...(data.BYTES_PER_ELEMENT > 1 ? ['endian: little'] : []),
    'encoding: gzip',
    `space origin: ${vector(columnOf(affine, 3))}`,
  ]
  const voxels = await gzip(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  return Buffer.concat([Buffer.from(`${header.join('\n')}\n\n`, 'latin1'), voxels])
}

/** Writes an .nrrd file; atomically. */
export async function saveNrrd(path: string, volume: Volume): Promise<void> {
  await writeFileAtomic(path, await writeNrrd(volume))
}
