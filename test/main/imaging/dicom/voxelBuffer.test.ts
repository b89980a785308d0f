import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { StoredPixels } from '../../../../src/main/imaging/dicom/pixels'
import { VoxelBuffer, type Rescale } from '../../../../src/main/imaging/dicom/voxelBuffer'

const rescale = (part: Partial<Rescale>): Rescale => ({ slope: 1, intercept: 0, bright: [Infinity, -Infinity], bits: 16, ...part }) // prettier-ignore

function written(stored: StoredPixels, how: Rescale, at = 0): VoxelBuffer['data'] {
  const voxels = new VoxelBuffer(stored.length + at)
  voxels.write(stored, at, how)
  return voxels.data
}

describe('VoxelBuffer', () => {
  it('rescales any 16-bit values as arithmetic does, whatever way they take', () => {
    const values = fc.array(fc.integer({ min: 0, max: 65535 }), { minLength: 1, maxLength: 40 })
    const bits = fc.integer({ min: 1, max: 16 })
    const intercept = fc.oneof(fc.integer({ min: -40_000, max: 40_000 }), fc.constantFrom(0, -1024, -32768))
    fc.assert(
      fc.property(values, bits, intercept, fc.boolean(), fc.nat({ max: 3 }), (all, width, b, signed, at) => {
        const shift = 32 - width
        const kept = all.map((value) => (signed ? (value << shift) >> shift : (value << shift) >>> shift))
        const stored = signed ? Int16Array.from(kept) : Uint16Array.from(kept)
        const result = written(stored, rescale({ intercept: b, bits: width }), at)
        expect([...result.subarray(at)]).toEqual(kept.map((value) => value + b))
        expect([...result.subarray(0, at)]).toEqual(Array(at).fill(0))
      }),
      { numRuns: 500 },
    )
  })

  it('becomes wider where a value asks for it, and keeps what it has', () => {
    const voxels = new VoxelBuffer(6)
    voxels.write(Uint16Array.of(0, 4095), 0, rescale({ intercept: -1024, bits: 12 }))
    expect(voxels.data).toBeInstanceOf(Int16Array)
    voxels.write(Uint16Array.of(40_000, 1), 2, rescale({}))
    expect(voxels.data).toEqual(Int32Array.of(-1024, 3071, 40_000, 1, 0, 0))
    voxels.write(Uint16Array.of(1, 2), 4, rescale({ slope: 0.5, bits: 12 }))
    expect(voxels.data).toEqual(Float64Array.of(-1024, 3071, 40_000, 1, 0.5, 1))
  })

  it('makes bright padding air', () => {
    expect([...written(Uint16Array.of(5, 4095, 7, 8), rescale({ bright: [4000, 4095], bits: 12 }))]).toEqual([5, -1024, 7, 8]) // prettier-ignore
  })
})
