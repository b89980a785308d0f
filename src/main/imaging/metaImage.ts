import { deflateSync, inflateSync } from 'node:zlib'
import { EmendError } from '../../shared/errors'
import { affineOf, columnOf, determinantOf, spacingOf, type Affine, type Vec3 } from '../../shared/geometry/affine'
import { writeFileAtomic } from './atomicFile'
import { contentOf, filesBeside, type ReadBeside } from './beside'
import { flipLps, times } from './dicom/vector'
import { voxelCount, type Volume } from './volume'
import {
  MOST_VOXELS,
  unpackTo,
  voxelsFrom,
  voxelsFromText,
  voxelTypeOf,
  voxelTypes,
  type VoxelType,
} from './voxelTypes'

export interface MetaImage {
  readonly volume: Volume
  readonly warnings: readonly string[]
}

const types: Readonly<Record<string, VoxelType>> = {
  MET_CHAR: 'int8',
  MET_UCHAR: 'uint8',
  MET_SHORT: 'int16',
  MET_USHORT: 'uint16',
  MET_INT: 'int32',
  MET_UINT: 'uint32',
  // MetaIO counts four bytes for these, whatever the machine's own long is.
  MET_LONG: 'int32',
  MET_ULONG: 'uint32',
  MET_LONG_LONG: 'int64',
  MET_ULONG_LONG: 'uint64',
  MET_FLOAT: 'float32',
  MET_DOUBLE: 'float64',
}

const LONGEST_HEADER = 1 << 16

/** Whether the bytes begin like a MetaImage header: lines of 'Key = value', among the first the object's type or size. */
export function looksLikeMetaImage(bytes: Uint8Array): boolean {
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, 1024))
  return /^(\w+ *= *[^\n]*\r?\n){0,12}(ObjectType *= *Image|NDims *= *[234])\s*\r?\n/.test(start)
}

interface MetaHeader {
  readonly fields: ReadonlyMap<string, string>
  readonly dims: Vec3
  readonly type: VoxelType
  /** Where the header ends and local voxels begin. */
  readonly end: number
  readonly files: readonly string[]
}

/**
 * Reads a MetaImage (.mha, or .mhd with its voxels beside it): binary or ascii, zlib-compressed or not, either byte
 * order, one channel. Its world is LPS mm.
 * @param name how errors name the file
 * @throws EmendError where it is damaged, cut short, or no scalar image
 */
export async function readMetaImage(bytes: Uint8Array, name = 'the file', beside?: ReadBeside): Promise<MetaImage> {
  const header = parseHeader(bytes, name)
  const { fields, dims, type, files } = header
  if (files.length > 0 && !beside) throw new EmendError(`${name} is a MetaImage header whose voxels lie in other files`)
  const count = voxelCount(dims)
  const parts: Uint8Array[] = []
  if (files.length === 0 || !beside) parts.push(bytes.subarray(header.end))
  else for (const file of files) parts.push(await beside(file))
  const bigEndian = isTrue(fields.get('BinaryDataByteOrderMSB') ?? fields.get('ElementByteOrderMSB'))
  const binary = fields.get('BinaryData') === undefined || isTrue(fields.get('BinaryData'))
  const data = binary
    ? voxelsFrom(joined(parts.map((part) => binaryPart(part, header, count / parts.length, name))), type, !bigEndian)
    : voxelsFromText(joined(parts), type, count, name)
  if (data.length < count) throw new EmendError(`${name} is cut short: ${data.length} of ${count} voxels are there`)
  return { volume: { dims, affine: affineFrom(fields, name), data }, warnings: [] }
}

function parseHeader(bytes: Uint8Array, name: string): MetaHeader {
  const text = new TextDecoder('latin1').decode(bytes.subarray(0, LONGEST_HEADER))
  const fields = new Map<string, string>()
  let end = 0
  while (!fields.has('ElementDataFile')) {
    const newline = text.indexOf('\n', end)
    const line = newline < 0 ? text.slice(end) : text.slice(end, newline)
    const [, key, value] = /^\s*(\w+)\s*=\s*(.*?)\s*$/.exec(line) ?? []
    if (key !== undefined) fields.set(key, value)
    end = newline < 0 ? text.length : newline + 1
    if (newline < 0) break
  }
  const refuse = (why: string): EmendError => new EmendError(`${name} is a MetaImage that ${why}`)
  const dataFile = fields.get('ElementDataFile')
  if (dataFile === undefined) throw refuse('does not say where its voxels are; it may be cut short')
  if (Number(fields.get('ElementNumberOfChannels') ?? 1) !== 1) throw refuse('has several numbers a voxel')
  const type = types[fields.get('ElementType') ?? '']
  if (!type) throw refuse(`stores its voxels as ${fields.get('ElementType') ?? 'nothing'}, not as plain numbers`)
  const sizes = numbersOf(fields.get('DimSize'))
  const beyond = sizes.slice(3).some((n) => n !== 1)
  if (sizes.length !== Number(fields.get('NDims')) || beyond || sizes.some((n) => !Number.isInteger(n) || n < 1)) {
    throw refuse(`is no image of up to three axes (${fields.get('DimSize') ?? 'without sizes'})`)
  }
  const dims: Vec3 = [sizes[0], sizes[1] ?? 1, sizes[2] ?? 1]
  if (voxelCount(dims) > MOST_VOXELS) throw refuse(`says it holds ${dims.join(' x ')} voxels; too large`)
  const listed = text.slice(end).split(/\r?\n/).map((line) => line.trim()).filter(Boolean) // prettier-ignore
  return { fields, dims, type, end, files: filesOf(dataFile, listed, name) }
}

/** 'LOCAL', a file, 'LIST' with a name a line, or a printf pattern with first, last and step. */
function filesOf(value: string, listed: readonly string[], name: string): string[] {
  if (/^local$/i.test(value)) return []
  if (/^list\b/i.test(value)) return [...listed]
  const [, pattern, first, last, step = '1'] = /^(\S*%0?\d*d\S*) (\d+) (\d+)(?: (\d+))?/.exec(value) ?? []
  if (pattern === undefined) return [value]
  const count = Math.floor((Number(last) - Number(first)) / Number(step)) + 1
  if (!Number.isFinite(count) || count < 1 || count > 100_000)
    throw new EmendError(`${name} names no files with its voxels`)
  return Array.from({ length: count }, (_, n) =>
    pattern.replace(/%0?(\d*)d/, (_match, width: string) =>
      String(Number(first) + n * Number(step)).padStart(Number(width), '0'),
    ),
  )
}

/** The bytes of `count` voxels. */
function binaryPart(part: Uint8Array, { fields, type }: MetaHeader, count: number, name: string): Uint8Array {
  const length = count * voxelTypes[type].bytes
  const skip = Number(fields.get('HeaderSize') ?? 0)
  // Minus one: the voxels are the end of the file.
  const start = skip === -1 ? part.length - length : Number.isInteger(skip) && skip > 0 ? skip : 0
  if (isTrue(fields.get('CompressedData'))) {
    const bytes = unpackTo(length, part.subarray(Math.max(0, start)), name, inflateSync)
    if (bytes.length < length) throw cutShort(name, bytes.length, length)
    return bytes.subarray(0, length)
  }
  if (start < 0 || part.length < start + length) throw cutShort(name, part.length, Math.max(0, start) + length)
  return part.subarray(start, start + length)
}

function cutShort(name: string, found: number, due: number): EmendError {
  return new EmendError(`${name} is cut short: ${found} of ${due} bytes are there`)
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 ? parts[0] : Buffer.concat(parts)
}

const isTrue = (value: string | undefined): boolean => /^(true|1)$/i.test(value ?? '')

function numbersOf(text: string | undefined): number[] {
  return text === undefined || text === '' ? [] : text.split(/\s+/).map(Number)
}

/** Without negative zeros. */
function toRas(lps: Vec3): Vec3 {
  const [x, y, z] = flipLps(lps)
  return [x + 0, y + 0, z + 0]
}

function affineFrom(fields: ReadonlyMap<string, string>, name: string): Affine {
  const n = Number(fields.get('NDims'))
  const matrix = numbersOf(fields.get('TransformMatrix') ?? fields.get('Orientation') ?? fields.get('Rotation'))
  const spacing = numbersOf(fields.get('ElementSpacing') ?? fields.get('ElementSize'))
  const origin = numbersOf(fields.get('Offset') ?? fields.get('Position') ?? fields.get('Origin'))
  // Axis by axis: each row of the matrix is the direction in which one index grows.
  const column = (axis: number): Vec3 => {
    const row = [0, 1, 2].map((world) => {
      const given = axis < n && world < n ? matrix[axis * n + world] : undefined
      return given ?? (axis === world ? 1 : 0)
    })
    return toRas(times([row[0], row[1], row[2]], spacing[axis] > 0 ? spacing[axis] : 1))
  }
  const affine = affineOf(
    column(0),
    column(1),
    column(2),
    toRas([origin[0] ?? 0, origin[1] ?? 0, (n > 2 ? origin[2] : undefined) ?? 0]),
  )
  if (!(Math.abs(determinantOf(affine)) > 1e-12) || !affine.flat().every(Number.isFinite)) {
    throw new EmendError(`${name} is a MetaImage that has axes that lie in one plane`)
  }
  return affine
}

/** Reads an .mha file, or an .mhd with its voxels beside it. @throws EmendError as readMetaImage */
export async function loadMetaImage(path: string): Promise<MetaImage> {
  return readMetaImage(await contentOf(path), path, filesBeside(path))
}

/** An .mha file: LPS mm, little endian, zlib-compressed. */
export function writeMetaImage(volume: Volume): Uint8Array {
  const { dims, affine, data } = volume
  const type = Object.keys(types).find((key) => types[key] === voxelTypeOf(data)) ?? 'MET_FLOAT'
  const lengths = spacingOf(affine)
  const directions = ([0, 1, 2] as const).flatMap((axis) =>
    flipLps(times(columnOf(affine, axis), 1 / lengths[axis])).map((value) => value + 0),
  )
  const voxels = deflateSync(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), { level: 1 })
  const header = [
    'ObjectType = Image',
    'NDims = 3',
    'Comment = Emend: not for clinical use',
    'BinaryData = True',
    'BinaryDataByteOrderMSB = False',
    'CompressedData = True',
    `CompressedDataSize = ${voxels.length}`,
    `TransformMatrix = ${directions.join(' ')}`,
    `Offset = ${flipLps(columnOf(affine, 3)).join(' ')}`,
    `ElementSpacing = ${lengths.join(' ')}`,
    `DimSize = ${dims.join(' ')}`,
    `ElementType = ${type}`,
    'ElementDataFile = LOCAL',
  ]
  return Buffer.concat([Buffer.from(`${header.join('\n')}\n`, 'latin1'), voxels])
}

/** Writes an .mha file; atomically. */
export async function saveMetaImage(path: string, volume: Volume): Promise<void> {
  await writeFileAtomic(path, writeMetaImage(volume))
}
