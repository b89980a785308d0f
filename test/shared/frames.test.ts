import fc from 'fast-check'
import { expect, it } from 'vitest'
import { packFrames, unpackFrames } from '../../src/shared/frames'

it('what is packed comes out again, and any cut is noticed', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 20 })), fc.nat(), (frames, cut) => {
      const packed = packFrames(frames)
      expect(unpackFrames(packed)).toEqual(frames)
      const shorter = packed.subarray(0, packed.length === 0 ? 0 : cut % packed.length)
      try {
        // A cut between two frames cannot be told from fewer frames.
        expect(frames.slice(0, unpackFrames(shorter).length)).toEqual(unpackFrames(shorter))
      } catch (error) {
        if (!(error instanceof RangeError)) throw error
      }
    }),
  )
})
