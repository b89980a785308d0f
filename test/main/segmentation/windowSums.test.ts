import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { channelsWithin, windowSums } from '../../../src/main/segmentation/windowSums'
import { windowsOf } from '../../../src/main/segmentation/windows'
import { voxelCount } from '../../../src/main/imaging/volume'
import type { Vec3 } from '../../../src/shared/geometry/affine'

const dims: Vec3 = [7, 6, 5]
const size: Vec3 = [4, 4, 4]
const voxels = voxelCount(dims)

/** What a network would give of a window if it gave each voxel the same wherever it is seen from. */
function seen(whole: Float32Array, channels: number, [x, y, z]: Vec3): Float32Array {
  const values: number[] = []
  for (let c = 0; c < channels; c++) {
    for (let k = 0; k < size[2]; k++) {
      for (let j = 0; j < size[1]; j++) {
        for (let i = 0; i < size[0]; i++) {
          values.push(whole[c * voxels + x + i + dims[0] * (y + j + dims[1] * (z + k))])
        }
      }
    }
  }
  return Float32Array.from(values)
}

describe('windowSums', () => {
  it('gives back what every window that sees a voxel says of it', () => {
    const value = fc.float({ min: -10, max: 10, noNaN: true })
    fc.assert(
      fc.property(fc.array(value, { minLength: 2 * voxels, maxLength: 2 * voxels }), (values) => {
        const whole = Float32Array.from(values)
        const sums = windowSums(2, dims, size, 0)
        for (const at of windowsOf(dims, size, 0.5)) sums.add(at, seen(whole, 2, at))
        const mean = sums.mean()
        for (let n = 0; n < whole.length; n++) expect(mean[n]).toBeCloseTo(whole[n], 4)
      }),
      { numRuns: 10 },
    )
  })

  it('counts a window that was not run as the first channel, and a voxel nearer to the middle of another as that', () => {
    const sums = windowSums(2, [6, 4, 4], size, 3)
    sums.add([0, 0, 0], null)
    sums.add([2, 0, 0], new Float32Array(2 * voxelCount(size)).fill(9))
    const mean = sums.mean()
    const middle = 6 * (1 + 4)
    const along = (channel: number) => [...mean.subarray(channel * 96 + middle, channel * 96 + middle + 6)]
    expect(along(0).slice(0, 2)).toEqual([3, 3])
    expect(along(1).slice(0, 2)).toEqual([0, 0])
    expect(along(1)[3]).toBeGreaterThan(along(1)[2])
    expect(along(1)[3]).toBeLessThan(9)
    expect(along(1).slice(4)).toEqual([9, 9])
  })
})

describe('channelsWithin', () => {
  it('keeps the low corner of each channel', () => {
    const values = Float32Array.from({ length: 2 * voxels }, (_, n) => n)
    const within = channelsWithin(values, 2, dims, [2, 1, 2])
    expect([...within]).toEqual([0, 1, 42, 43, voxels, voxels + 1, voxels + 42, voxels + 43])
    expect(channelsWithin(values, 2, dims, dims)).toBe(values)
  })
})
