import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Vec3 } from '../../../../src/shared/geometry/affine'
import { boxSize } from '../../../../src/shared/voxels/box'
import {
  cellAt,
  eachVoxelValue,
  framedCells,
  sampled,
  windowBox,
  windowCells,
  type Window,
} from '../../../../src/shared/voxels/proposal/window'

const spacing: Vec3 = [0.8, 1.3, 2.5]
const size: Vec3 = [30, 24, 16]
const ramp = ([i, j, k]: Vec3): number => 3 * i + 5 * j - 7 * k
const placeOf = (n: number): Vec3 => [n % size[0], Math.floor(n / size[0]) % size[1], Math.floor(n / size[0] / size[1])]
const image = Int16Array.from({ length: size[0] * size[1] * size[2] }, (_, n) => ramp(placeOf(n)))

const along = (axis: 0 | 1 | 2): fc.Arbitrary<number> => fc.double({ min: 0, max: size[axis] - 1, noNaN: true })
const windows: fc.Arbitrary<Window> = fc.record({
  centre: fc.tuple(along(0), along(1), along(2)),
  mm: fc.double({ min: 0.5, max: 3, noNaN: true }),
})

/** Whether nothing beyond the block goes into what a window has around a voxel. */
const isWithin = (at: Vec3, mm: number): boolean =>
  at.every((v, axis) => {
    const reach = 1 + (2 * Math.max(mm, spacing[axis])) / spacing[axis]
    return v > reach && v < size[axis] - 1 - reach
  })

describe('a window', () => {
  it('there and back leaves what is linear as it was', () => {
    fc.assert(
      fc.property(windows, (window) => {
        const cells = sampled(image, size, spacing, window)
        const box = windowBox(window, size, spacing)!
        let furthest = 0
        eachVoxelValue(cells, window, box, size, spacing, (voxel, value) => {
          const at = placeOf(voxel)
          if (isWithin(at, window.mm)) furthest = Math.max(furthest, Math.abs(value - ramp(at)))
        })
        // A tenth of a voxel's step: weights that fall off are not quite even between voxels.
        expect(furthest).toBeLessThan(0.8)
      }),
      { numRuns: 40 },
    )
  })

  it('goes on with what lies at the border of the block', () => {
    const even = new Int16Array(image.length).fill(42)
    const cells = sampled(even, size, spacing, { centre: [0, 0, 0], mm: 9 })
    for (const value of cells) expect(value).toBeCloseTo(42, 3)
  })

  it('visits each voxel whose cell it has, once', () => {
    fc.assert(
      fc.property(windows, (window) => {
        const box = windowBox(window, size, spacing)!
        const seen = new Set<number>()
        const nothing = new Float32Array(framedCells ** 3)
        eachVoxelValue(nothing, window, box, size, spacing, (voxel) => seen.add(voxel))
        expect(seen.size).toBe(boxSize(box).reduce((product, n) => product * n, 1))
        const middle = cellAt(window.centre, window, spacing)!
        const x = middle % framedCells
        expect(x === windowCells / 2 || x === windowCells / 2 + 1).toBe(true)
      }),
      { numRuns: 40 },
    )
  })
})
