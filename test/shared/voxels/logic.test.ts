import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { withIslandsSplitOff } from '../../../src/shared/voxels/islands'
import { combined, swapped } from '../../../src/shared/voxels/logic'
import { smallVolumes } from './volumes'

describe('two structures combined', () => {
  it('are what set logic says where the other has no margin', () => {
    fc.assert(
      fc.property(smallVolumes(3), ({ dims, voxels }) => {
        // Values 1 and 3 are in the first, 2 and 3 in the second: here they may overlap.
        const a = voxels.map((value) => value & 1)
        const b = voxels.map((value) => value >> 1)
        const made = (operation: Parameters<typeof combined>[0]): number[] => [
          ...combined(operation, a, b, dims, [1, 1, 2], 0),
        ]
        expect(made('add')).toEqual([...a].map((value, n) => value | b[n]))
        expect(made('subtract')).toEqual([...a].map((value, n) => (b[n] ? 0 : value)))
        expect(made('intersect')).toEqual([...a].map((value, n) => value & b[n]))
        expect(made('copy')).toEqual([...b])
      }),
    )
  })

  it('swapped twice are as before', () => {
    fc.assert(
      fc.property(smallVolumes(3), ({ voxels }) => {
        const once = swapped(voxels, 1, 2)
        voxels.forEach((value, n) => expect(once[n]).toBe([0, 2, 1, 3][value]))
        expect(swapped(once, 1, 2)).toEqual(voxels)
      }),
    )
  })

  it('leave the largest island and give all others to the second', () => {
    const labels = Uint8Array.from([1, 1, 1, 0, 1, 0, 3, 0, 1, 1])
    expect([...withIslandsSplitOff(labels, [10, 1, 1], 1, 2)]).toEqual([1, 1, 1, 0, 2, 0, 3, 0, 2, 2])
  })
})
