import { expect } from 'vitest'
import type { VoxelArray } from '../src/main/imaging/volume'

/**
 * Set up before every test: typed arrays are compared by a loop. Vitest's own way goes through them as through any object, key by
 * key, which takes nine seconds for a million voxels.
 */
expect.addEqualityTesters([
  (a: unknown, b: unknown): boolean | undefined => {
    if (!isTypedArray(a) || !isTypedArray(b)) return undefined
    if (a.constructor !== b.constructor || a.length !== b.length) return false
    for (let n = 0; n < a.length; n++) if (!Object.is(a[n], b[n])) return false
    return true
  },
])

type TypedArray = VoxelArray | Uint8ClampedArray | BigInt64Array | BigUint64Array

/** Buffers are left to vitest, to which they equal other arrays of bytes. */
function isTypedArray(value: unknown): value is TypedArray {
  return ArrayBuffer.isView(value) && !(value instanceof DataView) && !Buffer.isBuffer(value)
}
