import type { PreparedCase } from './preparedCase'

export type Numbers = Float32Array | Int32Array | Uint8Array

/** Zeros in shared memory, as many and of the same kind. */
export function sharedLike<T extends Numbers>(array: T): T {
  const memory = new SharedArrayBuffer(array.byteLength)
  return new (array.constructor as new (memory: SharedArrayBuffer) => T)(memory)
}

/** The same values in memory that threads share; the array itself where it is there already. */
export function shared<T extends Numbers>(array: T): T {
  if (array.buffer instanceof SharedArrayBuffer) return array
  const copy = sharedLike(array)
  copy.set(array)
  return copy
}

/** A case whose voxels threads can read without a copy of their own. */
export function inSharedMemory(from: PreparedCase): PreparedCase {
  return {
    ...from,
    image: shared(from.image),
    labels: shared(from.labels),
    ...(from.soft && { soft: shared(from.soft) }),
  }
}
