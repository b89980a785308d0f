import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Vec3 } from '../../../../src/shared/geometry/affine'
import { cellOf, framedGrid, interpolated } from '../../../../src/shared/voxels/proposal/framedGrid'

const along = fc.integer({ min: 1, max: 9 })
const factors = fc.integer({ min: 1, max: 4 })
const triple = (one: fc.Arbitrary<number>): fc.Arbitrary<Vec3> => fc.tuple(one, one, one)

describe('a framed grid', () => {
  it('holds in each cell the mean of its voxels', () => {
    fc.assert(
      fc.property(triple(along), triple(factors), fc.nat(), (dims, factor, seed) => {
        const image = Int16Array.from({ length: dims[0] * dims[1] * dims[2] }, (_, n) => (n * 7919 + seed) % 4001)
        const grid = framedGrid(image, dims, [1, 1, 2], factor)
        const sums = new Map<number, [sum: number, count: number]>()
        image.forEach((value, n) => {
          const at: Vec3 = [n % dims[0], Math.floor(n / dims[0]) % dims[1], Math.floor(n / dims[0] / dims[1])]
          const cell = cellOf(at, grid)
          const [sum, count] = sums.get(cell) ?? [0, 0]
          sums.set(cell, [sum + value, count + 1])
        })
        for (const [cell, [sum, count]] of sums) expect(grid.values[cell]).toBeCloseTo(sum / count, 2)
      }),
    )
  })

  it('comes back at the voxels without steps: what is linear stays linear inside', () => {
    const dims: Vec3 = [12, 8, 6]
    const image = Int16Array.from({ length: 12 * 8 * 6 }, (_, n) => 10 * (n % 12) + 20 * (Math.floor(n / 12) % 8))
    const grid = framedGrid(image, dims, [1, 1, 1], [3, 2, 1])
    const fine = interpolated(grid.values, grid, dims)
    for (let k = 0; k < 6; k++) {
      for (let j = 1; j < 7; j++) {
        for (let i = 1; i < 11; i++) expect(fine[i + 12 * (j + 8 * k)]).toBeCloseTo(10 * i + 20 * j, 3)
      }
    }
  })

  it('goes there and back without a change where a cell is a voxel', () => {
    fc.assert(
      fc.property(triple(along), fc.nat(), (dims, seed) => {
        const image = Int16Array.from({ length: dims[0] * dims[1] * dims[2] }, (_, n) => (n * 104729 + seed) % 3001)
        const grid = framedGrid(image, dims, [1, 1, 1], [1, 1, 1])
        expect(Array.from(interpolated(grid.values, grid, dims))).toEqual(Array.from(image))
      }),
    )
  })
})
