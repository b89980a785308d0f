import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { StoredBits } from '../../../../src/main/imaging/dicom/pixels'
import { VoxelBuffer, type Rescale } from '../../../../src/main/imaging/dicom/voxelBuffer'

const format = (bitsStored: number, signed = false): StoredBits => ({ bitsAllocated: 16, bitsStored, highBit: bitsStored - 1, signed }) // prettier-ignore
const rescale = (part: Partial<Rescale>): Rescale => ({ slope: 1, intercept: 0, bright: [Infinity, -Infinity], format: format(16), ...part }) // prettier-ignore

/** @param wait whether the values lie in their room already */
function written(
  stored: Int16Array<ArrayBuffer> | Uint16Array<ArrayBuffer>,
  how: Rescale,
  at = 0,
  wait = false,
): VoxelBuffer['data'] {
  const voxels = new VoxelBuffer(stored.length + at)
  const room = wait ? voxels.room(at, stored.byteLength) : null
  room?.set(new Uint8Array(stored.buffer))
  const Kind: new (b: ArrayBufferLike, at: number, n: number) => Int16Array | Uint16Array =
    stored instanceof Int16Array ? Int16Array : Uint16Array
  voxels.write(room ? new Kind(room.buffer, room.byteOffset, stored.length) : stored, at, how)
  return voxels.data
}

describe('VoxelBuffer', () => {
  it('rescales any 16-bit values as arithmetic does, wherever they wait and whatever the unused bits hold', () => {
    const values = fc.array(fc.integer({ min: 0, max: 65535 }), { minLength: 8, maxLength: 40 })
    const bits = fc.integer({ min: 1, max: 16 })
    const intercept = fc.oneof(fc.integer({ min: -40_000, max: 40_000 }), fc.constantFrom(0, -1024, -32768))
    const flags = fc.tuple(fc.boolean(), fc.boolean(), fc.boolean(), fc.boolean())
    fc.assert(
      fc.property(
        values,
        bits,
        intercept,
        flags,
        fc.nat({ max: 3 }),
        (all, width, b, [signed, clean, even, wait], at) => {
          const some = even ? all.slice(0, all.length - (all.length % 8)) : all
          const shift = 32 - width
          const kept = some.map((value) => (signed ? (value << shift) >> shift : (value << shift) >>> shift))
          const bytes = Uint16Array.from(clean ? kept : some)
          const stored = signed ? new Int16Array(bytes.buffer) : bytes
          const how = rescale({ intercept: b, format: format(width, signed) })
          const result = written(stored, how, at, wait)
          expect([...result.subarray(at)]).toEqual(kept.map((value) => value + b))
          expect([...result.subarray(0, at)]).toEqual(Array(at).fill(0))
        },
      ),
      { numRuns: 1000 },
    )
  })

  it('becomes wider where a value asks for it, and keeps what it has', () => {
    const voxels = new VoxelBuffer(6)
    voxels.write(Uint16Array.of(0, 4095), 0, rescale({ intercept: -1024, format: format(12) }))
    expect(voxels.data).toBeInstanceOf(Int16Array)
    voxels.write(Uint16Array.of(40_000, 1), 2, rescale({}))
    expect(voxels.data).toEqual(Int32Array.of(-1024, 3071, 40_000, 1, 0, 0))
    voxels.write(Uint16Array.of(1, 2), 4, rescale({ slope: 0.5, format: format(12) }))
    expect(voxels.data).toEqual(Float64Array.of(-1024, 3071, 40_000, 1, 0.5, 1))
  })

  it('takes values that wait in their room while the voxels before them become wider', () => {
    const voxels = new VoxelBuffer(16)
    const room = voxels.room(8, 16)
    const waiting = new Uint16Array(room?.buffer ?? new ArrayBuffer(0), room?.byteOffset, 8).fill(1030)
    voxels.write(new Uint16Array(8).fill(40_000), 0, rescale({}))
    expect(voxels.room(8, 16)).toBeNull()
    voxels.write(waiting, 8, rescale({ intercept: -1024, format: format(12) }))
    expect([...voxels.data]).toEqual([...Array(8).fill(40_000), ...Array(8).fill(6)])
  })

  it('makes bright padding air', () => {
    expect([...written(Uint16Array.of(5, 4095, 7, 8), rescale({ bright: [4000, 4095], format: format(12) }))]).toEqual([5, -1024, 7, 8]) // prettier-ignore
  })
})
