import { constants, type gunzipSync } from 'node:zlib'
import { EmendError } from '../../shared/errors'
import type { VoxelArray } from './volume'

/** Number types of voxels in files, by the names that numpy gives them. */
export const voxelTypes = {
  int8: { bytes: 1, make: (buffer: ArrayBuffer) => new Int8Array(buffer) },
  uint8: { bytes: 1, make: (buffer: ArrayBuffer) => new Uint8Array(buffer) },
  int16: { bytes: 2, make: (buffer: ArrayBuffer) => new Int16Array(buffer) },
  uint16: { bytes: 2, make: (buffer: ArrayBuffer) => new Uint16Array(buffer) },
  int32: { bytes: 4, make: (buffer: ArrayBuffer) => new Int32Array(buffer) },
  uint32: { bytes: 4, make: (buffer: ArrayBuffer) => new Uint32Array(buffer) },
  int64: { bytes: 8, make: (buffer: ArrayBuffer) => wholeNumbers(new BigInt64Array(buffer)) },
  uint64: { bytes: 8, make: (buffer: ArrayBuffer) => wholeNumbers(new BigUint64Array(buffer)) },
  float32: { bytes: 4, make: (buffer: ArrayBuffer) => new Float32Array(buffer) },
  float64: { bytes: 8, make: (buffer: ArrayBuffer) => new Float64Array(buffer) },
} as const satisfies Record<string, { bytes: number; make: (buffer: ArrayBuffer) => VoxelArray }>

export type VoxelType = keyof typeof voxelTypes

/** More voxels than any image has; a damaged header asks for no more memory. */
export const MOST_VOXELS = 2 ** 31

export function voxelTypeOf(data: VoxelArray): VoxelType {
  return data.constructor.name.replace('Array', '').toLowerCase() as VoxelType
}

/** Voxels from the bytes of a file, which are copied and stay as they are. */
export function voxelsFrom(bytes: Uint8Array, type: VoxelType, littleEndian: boolean): VoxelArray {
  const { bytes: width, make } = voxelTypes[type]
  const own = new Uint8Array(bytes.length - (bytes.length % width))
  own.set(bytes.subarray(0, own.length))
  if (!littleEndian) {
    const view = Buffer.from(own.buffer)
    if (width === 2) view.swap16()
    if (width === 4) view.swap32()
    if (width === 8) view.swap64()
  }
  return make(own.buffer)
}

/** 64-bit integers as 32-bit ones where they fit, else as the nearest floats. */
function wholeNumbers(values: BigInt64Array | BigUint64Array): Int32Array | Float64Array {
  const exact = Float64Array.from(values, Number)
  return exact.every((value) => value === (value | 0)) ? Int32Array.from(exact) : exact
}

/** `count` numbers written out as text. @throws EmendError where there are fewer, or something else */
export function voxelsFromText(bytes: Uint8Array, type: VoxelType, count: number, name: string): VoxelArray {
  const words = new TextDecoder('latin1')
    .decode(bytes)
    .split(/[\s,]+/)
    .filter(Boolean)
  const numbers = words.slice(0, count).map(Number)
  if (numbers.length < count)
    throw new EmendError(`${name} is cut short: ${numbers.length} of ${count} voxels are there`)
  if (numbers.some(Number.isNaN)) throw new EmendError(`${name} holds voxels that are no numbers`)
  const wide = type === 'int64' || type === 'uint64' ? 'float64' : type
  const voxels = voxelTypes[wide].make(new ArrayBuffer(count * voxelTypes[wide].bytes))
  for (let n = 0; n < count; n++) voxels[n] = numbers[n]
  return voxels
}

export const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b

/**
 * Unpacks gzip or zlib to at most `length` bytes and a little slack: a small claim cannot fill the memory.
 * @throws EmendError where the bytes are damaged or unpack to more
 */
export function unpackTo(length: number, bytes: Uint8Array, name: string, unpack: typeof gunzipSync): Uint8Array {
  try {
    return unpack(bytes, {
      chunkSize: Math.max(1 << 16, Math.min(length + 1, 1 << 24)),
      maxOutputLength: length + 65536,
      finishFlush: constants.Z_SYNC_FLUSH,
    })
  } catch (error) {
    const tooMuch = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
    throw new EmendError(
      `${name} ${tooMuch ? 'unpacks to more than its header says' : 'is corrupt: it cannot be unpacked'}`,
      {
        cause: error,
      },
    )
  }
}
