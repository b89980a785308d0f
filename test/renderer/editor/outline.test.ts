import { describe, expect, it } from 'vitest'
import { outlineMask } from '../../../src/renderer/editor/outline'

const square = (flat: 0 | 1 | 2, slice: number) =>
  [
    [1.6, 1.6],
    [4.4, 1.6],
    [4.4, 3.4],
    [1.6, 3.4],
  ].map(([a, b]): [number, number, number] => {
    if (flat === 0) return [slice, a, b]
    return flat === 1 ? [a, slice, b] : [a, b, slice]
  })

describe('an outline', () => {
  it.each([
    ['axial', 2, { low: [2, 2, 5], high: [5, 4, 6] }],
    ['coronal', 1, { low: [2, 5, 2], high: [5, 6, 4] }],
    ['sagittal', 0, { low: [5, 2, 2], high: [6, 5, 4] }],
  ] as const)('on an %s slice holds its voxels, one slice thick', (plane, flat, inside) => {
    const mask = outlineMask(square(flat, 5.3), plane, [8, 8, 8])
    if (!mask) throw new Error('it encloses nothing')
    const { box, voxels } = mask
    const [nx, ny] = [box.high[0] - box.low[0], box.high[1] - box.low[1]]
    const found = new Set<string>()
    voxels.forEach((value, n) => {
      if (value) found.add([box.low[0] + (n % nx), box.low[1] + (Math.floor(n / nx) % ny), box.low[2] + Math.floor(n / nx / ny)].join()) // prettier-ignore
    })
    const expected = new Set<string>()
    for (let k = inside.low[2]; k < inside.high[2]; k++)
      for (let j = inside.low[1]; j < inside.high[1]; j++)
        for (let i = inside.low[0]; i < inside.high[0]; i++) expected.add([i, j, k].join())
    expect(found).toEqual(expected)
  })

  it('that is no more than a line, or off the grid, holds nothing', () => {
    expect(outlineMask(square(2, 5).slice(0, 2), 'axial', [8, 8, 8])).toBeNull()
    expect(outlineMask(square(2, 9), 'axial', [8, 8, 8])).toBeNull()
    const far = square(2, 5).map(([x, y, z]): [number, number, number] => [x + 20, y, z])
    expect(outlineMask(far, 'axial', [8, 8, 8])).toBeNull()
  })
})
