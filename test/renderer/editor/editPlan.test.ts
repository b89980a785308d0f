import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { boxOfGently, croppedGently } from '../../../src/renderer/editor/blocks'
import { Breath } from '../../../src/renderer/editor/breath'
import { planned, plannedGently } from '../../../src/renderer/editor/editPlan'
import { labelsTable, maskTable, paintTable, revisionTable } from '../../../src/renderer/editor/editTable'
import { applyDelta } from '../../../src/renderer/editor/labelDelta'
import { boxOf, boxSize, cropped, type Box } from '../../../src/shared/voxels/box'
import { smallVolumes } from '../../shared/voxels/volumes'

const subsets = fc.subarray([0, 1, 2, 3, 255]).map((ids) => {
  const values = new Uint8Array(256)
  for (const id of ids) values[id] = 1
  return values
})

describe('a planned edit', () => {
  it('changes each voxel of its box as its table says, no other, and nothing before it is carried out', async () => {
    await fc.assert(
      fc.asyncProperty(
        smallVolumes(3),
        fc.array(fc.nat(3), { minLength: 8, maxLength: 8 }),
        subsets,
        fc.nat(3),
        async ({ dims, voxels }, pattern, writable, which) => {
          const said = voxels.map((_, n) => pattern[(n * 7 + (n >> 3)) % 8])
          const table = [paintTable(2, writable), maskTable(1, writable, 3), labelsTable(writable), revisionTable([2])][
            which
          ]
          const half = (axis: 0 | 1 | 2): number => Math.ceil(dims[axis] / 2)
          const box: Box = { low: [0, half(1) - 1, 0], high: [half(0), dims[1], dims[2]] }
          const whole = { box: { low: [0, 0, 0], high: dims } as Box, voxels }
          const block = { box, voxels: cropped(said, dims, box) }
          const before = voxels.slice()
          const edit = { dims, box, said: block, is: whole, table }
          const delta = planned(edit)
          expect(voxels).toEqual(before)
          expect(await plannedGently(edit)).toEqual(delta)
          // The same from a block of the labels.
          expect(planned({ ...edit, is: { box, voxels: cropped(voxels, dims, box) } })).toEqual(delta)
          const expected = voxels.map((is, n) => {
            const [i, j] = [n % dims[0], Math.floor(n / dims[0]) % dims[1]]
            return i < box.high[0] && j >= box.low[1] ? table[256 * said[n] + is] : is
          })
          if (delta) applyDelta(voxels, delta, 'forward')
          expect(voxels).toEqual(expected)
          if (delta) applyDelta(voxels, delta, 'back')
          expect(voxels).toEqual(before)
        },
      ),
      { numRuns: 100 },
    )
  })
})

describe('a block', () => {
  it('is found and cut out slice by slice as at once', async () => {
    await fc.assert(
      fc.asyncProperty(smallVolumes(3), fc.constantFrom(1, 2, 3), async ({ dims, voxels }, value) => {
        const box = await boxOfGently(voxels, dims, value, new Breath())
        expect(box).toEqual(boxOf(voxels, dims, value))
        if (!box) return
        const block = await croppedGently(voxels, dims, box, new Breath())
        expect(block).toEqual(cropped(voxels, dims, box))
        expect(block.length).toBe(boxSize(box).reduce((all, n) => all * n))
      }),
      { numRuns: 50 },
    )
  })
})
