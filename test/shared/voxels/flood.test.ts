import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { wholeBox } from '../../../src/shared/voxels/box'
import { findComponents } from '../../../src/shared/voxels/components'
import { floodFrom } from '../../../src/shared/voxels/flood'
import { smallVolumes } from './volumes'

const anywhere = new Uint8Array(256).fill(1)

describe('a flood', () => {
  it('fills the component of the seed, over faces, and no other voxel', () => {
    fc.assert(
      fc.property(smallVolumes(), fc.nat(), ({ dims, voxels }, pick) => {
        const at = pick % voxels.length
        const [nx, ny] = dims
        const seed = [at % nx, Math.floor(at / nx) % ny, Math.floor(at / nx / ny)] as const
        const image = Int16Array.from(voxels, (value) => 100 * value)
        const bounds = { range: [50, 150] as const, enterable: anywhere, box: wholeBox(dims) }
        const found = floodFrom(seed, image, new Uint8Array(voxels.length), dims, bounds)
        if (voxels[at] === 0) {
          expect(found).toBeNull()
          return
        }
        const { start, length, component } = findComponents(voxels, dims, { connectivity: 6 })
        const here = component[start.findIndex((first, r) => at >= first && at < first + length[r])]
        const expected = length.reduce((sum, n, r) => sum + (component[r] === here ? n : 0), 0)
        expect(found?.voxels.reduce((sum, value) => sum + value, 0)).toBe(expected)
      }),
      { numRuns: 300 },
    )
  })

  it('stays in its range, its box, and off what it may not cover', () => {
    const image = Int16Array.from([0, 40, 50, 60, 70, 200, 60])
    const labels = Uint8Array.from([0, 0, 0, 0, 2, 0, 0])
    const dims = [7, 1, 1] as const
    const flood = (box = wholeBox(dims), enterable = anywhere) =>
      floodFrom([3, 0, 0], image, labels, dims, { range: [30, 100], enterable, box })
    expect(flood()?.box).toEqual({ low: [1, 0, 0], high: [5, 1, 1] })
    expect(flood({ low: [2, 0, 0], high: [4, 1, 1] })?.box).toEqual({ low: [2, 0, 0], high: [4, 1, 1] })
    const background = new Uint8Array(256)
    background[0] = 1
    expect(flood(wholeBox(dims), background)?.box.high).toEqual([4, 1, 1])
  })
})
