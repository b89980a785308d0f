import { describe, expect, it } from 'vitest'
import { doubtfulSpots } from '../../../src/main/segmentation/doubtfulSpots'
import { inBits, likeliestLabel, normalisedEntropy } from '../../../src/main/segmentation/uncertainty'
import type { Volume } from '../../../src/main/imaging/volume'
import { affineOf, type Vec3 } from '../../../src/shared/geometry/affine'

const dims: Vec3 = [40, 30, 20]
const affine = affineOf([3, 0, 0], [0, 3, 0], [0, 0, 4], [-50, 20, 7])

/** Bits and labels by a rule over voxels. */
function volume(rule: (i: number, j: number, k: number) => [bits: number, label: number]): {
  bits: Volume<Uint8Array>
  labels: Uint8Array
} {
  const data = new Uint8Array(dims[0] * dims[1] * dims[2])
  const labels = new Uint8Array(data.length)
  let n = 0
  for (let k = 0; k < dims[2]; k++)
    for (let j = 0; j < dims[1]; j++) for (let i = 0; i < dims[0]; i++, n++) [data[n], labels[n]] = rule(i, j, k)
  return { bits: { dims, affine, data }, labels }
}

const within = (p: Vec3, centre: Vec3, radius: number): boolean =>
  Math.hypot(...p.map((v, axis) => v - centre[axis])) <= radius

describe('doubtful spots', () => {
  it('are the places of each label, the greatest sum first, at their most doubtful voxel in mm', () => {
    const { bits, labels } = volume((i, j, k) => {
      if (within([i, j, k], [10, 10, 10], 4)) return [64, 2]
      return within([i, j, k], [30, 20, 8], 3) ? [90, 5] : [0, 5]
    })
    const spots = doubtfulSpots(bits, labels)
    expect(spots.map(({ label }) => label)).toEqual([2, 5])
    expect(spots[0].sum).toBeGreaterThan(spots[1].sum)
    expect(Math.hypot(...spots[1].mm.map((mm, axis) => mm - [40, 80, 39][axis]))).toBeLessThan(7)
  })

  it('are not the thin doubt along every surface', () => {
    const { bits, labels } = volume((i) => [i === 20 ? 64 : 0, 1])
    expect(doubtfulSpots(bits, labels)).toEqual([])
  })

  it('are cut apart where they are larger than a place', () => {
    const { bits, labels } = volume((i, j, k) => {
      const core = within([i, j, k], [6, 15, 10], 3) || within([i, j, k], [33, 15, 10], 3)
      return [core ? 96 : within([0, j, k], [0, 15, 10], 4) ? 40 : 0, 3]
    })
    const spots = doubtfulSpots(bits, labels)
    expect(spots).toHaveLength(2)
    expect(spots.map(({ mm }) => mm[0]).sort((a, b) => a - b)[1]).toBeGreaterThan(20)
  })
})

describe('uncertainty in bits', () => {
  it('is 64 where two of many classes are equally likely', () => {
    const entropy = normalisedEntropy(Float32Array.of(0, 0.5, 0.5, 0), 4, 'probabilities')
    expect(inBits(entropy, 4)[0]).toBe(64)
  })

  it('is about the best label besides background', () => {
    const scores = Float32Array.of(9, 0, 1, 5, 2, 4)
    expect([...likeliestLabel(scores, [0, 7, 3])]).toEqual([3, 7])
  })
})
