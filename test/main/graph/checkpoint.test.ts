import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeCheckpoint, encodeCheckpoint } from '../../../src/main/graph/checkpoint'
import type { Checkpoint } from '../../../src/main/graph/checkpoint'

const checkpoints: fc.Arbitrary<Checkpoint> = fc
  .record({
    size: fc.integer({ min: 1, max: 30 }),
    moments: fc.integer({ min: 1, max: 2 }),
    step: fc.nat(),
    extra: fc.jsonValue(),
    seed: fc.nat(),
  })
  .map(({ size, moments, step, extra, seed }) => {
    const vector = (k: number): Float32Array => Float32Array.from({ length: size }, (_, i) => Math.sin(seed + k + i))
    return {
      state: { step, parameters: vector(0), moments: Array.from({ length: moments }, (_, k) => vector(k + 1)) },
      parameters: [{ name: 'größe', shape: [size] }],
      // As JSON keeps it: -0 becomes 0.
      extra: JSON.parse(JSON.stringify(extra)) as unknown,
    }
  })

describe('checkpoints', () => {
  it('come back as they were, from bytes at any offset', () => {
    fc.assert(
      fc.property(checkpoints, fc.integer({ min: 0, max: 7 }), (checkpoint, offset) => {
        const bytes = encodeCheckpoint(checkpoint)
        const shifted = new Uint8Array(bytes.length + offset)
        shifted.set(bytes, offset)
        expect(decodeCheckpoint(shifted.subarray(offset))).toStrictEqual(checkpoint)
      }),
    )
  })

  it('are refused when a byte was changed or the end is missing', () => {
    fc.assert(
      fc.property(checkpoints, fc.nat(), fc.integer({ min: 1, max: 255 }), (checkpoint, at, change) => {
        const bytes = encodeCheckpoint(checkpoint)
        const damaged = Uint8Array.from(bytes)
        damaged[at % bytes.length] ^= change
        expect(() => decodeCheckpoint(damaged)).toThrow(/checkpoint/)
        expect(() => decodeCheckpoint(bytes.subarray(0, at % bytes.length))).toThrow(/checkpoint/)
      }),
    )
  })
})
