import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { shift16 } from '../../../../src/main/imaging/dicom/shiftKernel'

const bytesOf = (values: Int16Array<ArrayBuffer>): Uint8Array => new Uint8Array(values.buffer)

describe('shift16', () => {
  it('adds to every value of any length, at any byte, and tells the bits of what it was given', () => {
    const lengths = fc.oneof(fc.nat({ max: 40 }), fc.integer({ min: 16_380, max: 16_390 }), fc.constant(40_001))
    const amounts = fc.integer({ min: -32768, max: 32767 })
    const lowests = fc.constantFrom(0, -1, -8, -2048, -32768)
    fc.assert(
      fc.property(lengths, amounts, lowests, fc.nat(), fc.nat({ max: 3 }), (length, amount, lowest, seed, odd) => {
        const values = Int16Array.from({ length }, (_, n) => Math.imul(n + seed, 40_503) >> 5)
        const expected = values.map((value) => value + amount)
        const bits = values.reduce((all, value) => all | (value - lowest), 0) & 0xffff
        const from = new Uint8Array(2 * length + odd).subarray(odd)
        from.set(bytesOf(values))
        const to = new Uint8Array(2 * length)
        expect(shift16(from, to, amount, lowest)).toBe(bits)
        expect(Buffer.compare(to, bytesOf(expected))).toBe(0)
        expect(shift16(from, from, amount, lowest)).toBe(bits)
        expect(Buffer.compare(from, to)).toBe(0)
      }),
    )
  })
})
