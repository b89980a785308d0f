import { basename } from 'node:path'
import { promisify } from 'node:util'
import { constants, gunzipSync, gzip as gzipCallback } from 'node:zlib'
import { EmendError } from '../../shared/errors'
import { writeFileAtomic } from './atomicFile'
import { contentOf } from './beside'
import { encodeNiftiHeader, parseNiftiHeader, sniffNifti, type NiftiHeader } from './niftiHeader'
import { voxelCount, type Volume, type VoxelArray } from './volume'

/** NIfTI datatype codes that hold one number a voxel, with what they become here. */
const datatypes: Readonly<Record<number, { readonly bytes: number; readonly name: string }>> = {
  2: { bytes: 1, name: 'uint8' },
  4: { bytes: 2, name: 'int16' },
  8: { bytes: 4, name: 'int32' },
  16: { bytes: 4, name: 'float32' },
  64: { bytes: 8, name: 'float64' },
  256: { bytes: 1, name: 'int8' },
  512: { bytes: 2, name: 'uint16' },
  768: { bytes: 4, name: 'uint32' },
  1024: { bytes: 8, name: 'int64' },
  1280: { bytes: 8, name: 'uint64' },
}

export interface NiftiImage {
  readonly volume: Volume
  readonly warnings: readonly string[]
}

const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b

/** Whether the bytes, gzipped or not, begin like a NIfTI file. */
export function looksLikeNifti(bytes: Uint8Array): boolean {
  return sniffNifti(isGzip(bytes) ? gunzipStart(bytes) : bytes) !== null
}

/** What the first 64 kB unpack to; enough for a header, and cheap even where the rest is a bomb. */
function gunzipStart(bytes: Uint8Array): Uint8Array {
  try {
    return gunzipSync(bytes.subarray(0, 1 << 16), { finishFlush: constants.Z_SYNC_FLUSH })
  } catch {
    return new Uint8Array(0)
  }
}

/**
 * Reads NIfTI-1 or NIfTI-2, gzipped or not, in either byte order. scl_slope and scl_inter are applied; the array keeps
 * the stored type where nothing is lost by that, and is Float32 (or Float64 for 32-bit integers) where scaling asks
 * for fractions. 64-bit integers become Int32 where they fit, else Float64.
 * @param name how errors name the file
 * @param voxels the .img file's bytes, where `bytes` is a detached .hdr
 * @throws EmendError where it is no NIfTI, is cut short, holds several volumes, or a type without one number a voxel.
 */
export function readNifti(bytes: Uint8Array, name = 'the file', voxels?: Uint8Array): NiftiImage {
  const header = parseNiftiHeader(isGzip(bytes) ? gunzipStart(bytes) : bytes, name)
  const type = datatypes[header.datatype]
  if (!type)
    throw new EmendError(`${name} stores its voxels as NIfTI datatype ${header.datatype}, not as plain numbers`)
  if (header.detached && !voxels) throw new EmendError(`${name} is a NIfTI header whose .img file is missing`)
  const end = header.voxelOffset + voxelCount(header.dims) * type.bytes
  const source = unpack(header.detached && voxels ? voxels : bytes, end, name)
  if (source.byteLength < end) {
    throw new EmendError(`${name} is cut short: ${source.byteLength} of ${end} bytes are there`)
  }
  const stored = decode(source.subarray(header.voxelOffset, end), header)
  const data = scaled(stored, header.slope, header.intercept)
  return { volume: { dims: header.dims, affine: header.affine, data }, warnings: header.warnings }
}

/**
 * The header of a gzipped .nii file whose unpacked bytes from `voxelOffset` on are the very array that `readNifti` gives, so
 * that anyone may unpack it: little-endian, unscaled. Null for any other file, and for what is no such file at all.
 * @param start the file's first 64 kB, or all of it
 */
export function plainHeader(start: Uint8Array): NiftiHeader | null {
  if (!isGzip(start)) return null
  try {
    const header = parseNiftiHeader(gunzipStart(start), 'the file')
    const { littleEndian, detached, slope, intercept } = header
    const isScaled =
      Number.isFinite(slope) && slope !== 0 && (slope !== 1 || (Number.isFinite(intercept) && intercept !== 0))
    return littleEndian && !detached && !isScaled ? header : null
  } catch {
    return null
  }
}

/** Unpacks to at most `end` bytes and a little slack: a file that claims a small image cannot fill the memory. */
function unpack(bytes: Uint8Array, end: number, name: string): Uint8Array {
  if (!isGzip(bytes)) return bytes
  if (end > 2 ** 32) throw new EmendError(`${name} says it holds ${(end / 2 ** 30).toFixed(1)} GB of voxels; too large`)
  try {
    return gunzipSync(bytes, { chunkSize: Math.max(1 << 16, Math.min(end + 1, 1 << 24)), maxOutputLength: end + 65536 })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    if (code === 'ERR_BUFFER_TOO_LARGE') throw new EmendError(`${name} unpacks to more than its header says`)
    const why = code === 'Z_BUF_ERROR' ? 'is cut short' : 'is corrupt'
    throw new EmendError(`${name} ${why}: it cannot be unpacked`, { cause: error })
  }
}

function decode(raw: Uint8Array, { datatype, littleEndian }: NiftiHeader): VoxelArray {
  const width = datatypes[datatype].bytes
  const bytes = littleEndian && raw.byteOffset % width === 0 ? raw : raw.slice()
  if (!littleEndian) swapBytes(bytes, width)
  const { buffer, byteOffset } = bytes
  const n = bytes.byteLength / width
  switch (datatype) {
    case 2:
      return new Uint8Array(buffer, byteOffset, n)
    case 256:
      return new Int8Array(buffer, byteOffset, n)
    case 4:
      return new Int16Array(buffer, byteOffset, n)
    case 512:
      return new Uint16Array(buffer, byteOffset, n)
    case 8:
      return new Int32Array(buffer, byteOffset, n)
    case 768:
      return new Uint32Array(buffer, byteOffset, n)
    case 16:
      return new Float32Array(buffer, byteOffset, n)
    case 64:
      return new Float64Array(buffer, byteOffset, n)
    case 1024:
      return fromBigIntegers(new BigInt64Array(buffer, byteOffset, n))
    default:
      return fromBigIntegers(new BigUint64Array(buffer, byteOffset, n))
  }
}

function swapBytes(bytes: Uint8Array, width: number): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (width === 2) buffer.swap16()
  else if (width === 4) buffer.swap32()
  else if (width === 8) buffer.swap64()
}

function fromBigIntegers(values: BigInt64Array | BigUint64Array): Int32Array | Float64Array {
  const exact = Float64Array.from(values, Number)
  return exact.every((v) => v === (v | 0)) ? Int32Array.from(exact) : exact
}

/** Slope 0 or not a number means unscaled (nifti1.h). Whole slopes keep integers, so a CT stored from 0 stays Int16. */
function scaled(stored: VoxelArray, slope: number, intercept: number): VoxelArray {
  const inter = Number.isFinite(intercept) ? intercept : 0
  if (!Number.isFinite(slope) || slope === 0 || (slope === 1 && inter === 0)) return stored
  const whole = Number.isInteger(slope) && Number.isInteger(inter)
  if (whole && !(stored instanceof Float32Array) && !(stored instanceof Float64Array)) {
    const [low, high] = rangeOf(stored)
    const ends = [low * slope + inter, high * slope + inter]
    const fits = Math.min(...ends) >= -32768 && Math.max(...ends) <= 32767
    if (fits) return fill(new Int16Array(stored.length), stored, slope, inter)
  }
  const wide = stored instanceof Float64Array || stored instanceof Int32Array || stored instanceof Uint32Array
  return fill(wide ? new Float64Array(stored.length) : new Float32Array(stored.length), stored, slope, inter)
}

function fill<T extends VoxelArray>(target: T, stored: VoxelArray, slope: number, inter: number): T {
  for (let n = 0; n < stored.length; n++) target[n] = stored[n] * slope + inter
  return target
}

function rangeOf(values: VoxelArray): [number, number] {
  let low = Infinity
  let high = -Infinity
  for (const value of values) {
    if (value < low) low = value
    if (value > high) high = value
  }
  return [low, high]
}

/** Reads a .nii, .nii.gz or .hdr (with its .img beside it) file. @throws EmendError as readNifti, or where it cannot be opened. */
export async function loadNifti(path: string): Promise<NiftiImage> {
  const bytes = await contentOf(path)
  const pair = /\.hdr(\.gz)?$/i.exec(path)
  const voxels = pair ? await contentOf(path.slice(0, pair.index) + '.img' + (pair[1] ?? '')) : undefined
  return readNifti(bytes, basename(path), voxels)
}

function datatypeOf(data: VoxelArray): number {
  if (data instanceof Uint8Array) return 2
  if (data instanceof Int16Array) return 4
  if (data instanceof Int32Array) return 8
  if (data instanceof Float32Array) return 16
  if (data instanceof Float64Array) return 64
  if (data instanceof Int8Array) return 256
  if (data instanceof Uint16Array) return 512
  return 768
}

/** An uncompressed NIfTI-1 file: stored as it is, without slope; sform and qform hold the same matrix. */
export function encodeNifti(volume: Volume): Uint8Array {
  const [header, voxels] = niftiParts(volume)
  const file = new Uint8Array(header.length + voxels.length)
  file.set(header)
  file.set(voxels, header.length)
  return file
}

/** Header and voxels of that file; the voxels are the volume's own memory. */
function niftiParts({ data, dims, affine }: Volume): [header: Uint8Array, voxels: Uint8Array] {
  const header = encodeNiftiHeader(dims, affine, datatypeOf(data), data.BYTES_PER_ELEMENT * 8)
  return [header, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]
}

const gzipAsync = promisify(gzipCallback)

/** Level 1: a CT's noise hardly packs any smaller at level 6, which takes several times as long. */
export async function gzip(bytes: Uint8Array): Promise<Uint8Array> {
  return gzipAsync(bytes, { level: 1, chunkSize: 1 << 20 })
}

/** The bytes of a .nii.gz file. */
export async function writeNifti(volume: Volume): Promise<Uint8Array> {
  return gzip(encodeNifti(volume))
}

/** Writes a .nii or, where the name ends so, a .nii.gz file; atomically. */
export async function saveNifti(path: string, volume: Volume): Promise<void> {
  await writeFileAtomic(path, /\.gz$/i.test(path) ? await writeNifti(volume) : niftiParts(volume))
}
