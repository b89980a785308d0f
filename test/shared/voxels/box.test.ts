import fc from 'fast-check'
import { expect, it } from 'vitest'
import { boxOf, boxSize, boxesOf, cropped, growBox, unionOf } from '../../../src/shared/voxels/box'
import { smallVolumes } from './volumes'

it('is the smallest box that holds every voxel of a label', () => {
  fc.assert(
    fc.property(smallVolumes(3), ({ dims, voxels }) => {
      const boxes = boxesOf(voxels, dims)
      for (const label of [1, 2, 3]) {
        const box = boxOf(voxels, dims, label)
        expect(boxes.get(label) ?? null).toEqual(box)
        const at: number[][] = []
        voxels.forEach((v, n) => {
          if (v === label) at.push([n % dims[0], Math.floor(n / dims[0]) % dims[1], Math.floor(n / dims[0] / dims[1])])
        })
        if (at.length === 0) expect(box).toBeNull()
        else {
          for (const axis of [0, 1, 2]) {
            expect(box?.low[axis]).toBe(Math.min(...at.map((p) => p[axis])))
            expect(box?.high[axis]).toBe(Math.max(...at.map((p) => p[axis])) + 1)
          }
        }
      }
    }),
  )
})

it('takes all that is not 0 where no label is given, which is the union of the labels', () => {
  fc.assert(
    fc.property(smallVolumes(3), ({ dims, voxels }) => {
      const all = [1, 2, 3].map((label) => boxOf(voxels, dims, label)).reduce(unionOf, null)
      expect(boxOf(voxels, dims)).toEqual(all)
    }),
  )
})

it('crops every voxel to its place and loses none of the label', () => {
  fc.assert(
    fc.property(smallVolumes(2), ({ dims, voxels }) => {
      const box = boxOf(voxels, dims, 1)
      if (!box) return
      const part = cropped(voxels, dims, box)
      expect(part.filter((v) => v === 1).length).toBe(voxels.filter((v) => v === 1).length)
      const [nx, ny] = boxSize(box)
      part.forEach((v, n) => {
        const i = (n % nx) + box.low[0]
        const j = (Math.floor(n / nx) % ny) + box.low[1]
        const k = Math.floor(n / nx / ny) + box.low[2]
        expect(v).toBe(voxels[i + dims[0] * (j + dims[1] * k)])
      })
    }),
  )
})

it('grows no further than the grid', () => {
  expect(growBox({ low: [1, 5, 0], high: [3, 6, 2] }, [2, 1, 3], [10, 7, 4])).toEqual({
    low: [0, 4, 0],
    high: [5, 7, 4],
  })
})
