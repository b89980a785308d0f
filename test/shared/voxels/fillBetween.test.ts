import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { filledBetween } from '../../../src/shared/voxels/fillBetween'
import { smallVolumes } from './volumes'

/** A disc on one slice of a block. */
function disc(mask: Uint8Array, [nx, ny]: readonly number[], k: number, x: number, y: number, radius: number): void {
  for (let j = 0; j < ny; j++) {
    for (let i = 0; i < nx; i++) if (Math.hypot(i - x, j - y) <= radius) mask[i + nx * (j + ny * k)] = 1
  }
}

const areaOf = (mask: Uint8Array, area: number, k: number): number =>
  mask.subarray(k * area, (k + 1) * area).reduce((sum, value) => sum + value, 0)

describe('filling between slices', () => {
  it('changes only empty slices between drawn ones, across one axis', () => {
    fc.assert(
      fc.property(smallVolumes(), ({ dims, voxels }) => {
        const filled = filledBetween(voxels, dims, [1, 1, 2])
        const places = (values: Uint8Array, axis: number): number[] => {
          const stride = [1, dims[0], dims[0] * dims[1]][axis]
          const found = [...values.keys()]
            .filter((n) => values[n] === 1)
            .map((n) => Math.floor(n / stride) % dims[axis])
          return [...new Set(found)].sort((a, b) => a - b)
        }
        const changed = filled.map((value, n) => (value === voxels[n] ? 0 : 1))
        expect(voxels.every((value, n) => value <= filled[n])).toBe(true)
        const between = [0, 1, 2].some((axis) => {
          const drawn = places(voxels, axis)
          return places(changed, axis).every((q) => q > drawn[0] && q < drawn[drawn.length - 1] && !drawn.includes(q))
        })
        expect(between).toBe(true)
      }),
    )
  })

  it.each([
    ['coronal', [0, 2, 1]],
    ['sagittal', [2, 0, 1]],
  ] as const)('fills between %s slices as between axial ones', (_plane, order) => {
    const size = [31, 27, 9] as const
    const mask = new Uint8Array(31 * 27 * 9)
    disc(mask, size, 0, 13, 14, 11)
    disc(mask, size, 4, 15, 12, 7)
    disc(mask, size, 8, 16, 12, 4)
    const spacing = [0.7, 0.9, 2] as const
    const expected = filledBetween(mask, size, spacing)
    /** The block with axis n of the old at place order[n] of the new. */
    const turned = (values: Uint8Array): { values: Uint8Array; size: [number, number, number] } => {
      const to: [number, number, number] = [0, 0, 0]
      order.forEach((place, axis) => (to[place] = size[axis]))
      const stride = [1, to[0], to[0] * to[1]]
      const out = new Uint8Array(values.length)
      values.forEach((value, n) => {
        const at = [n % size[0], Math.floor(n / size[0]) % size[1], Math.floor(n / size[0] / size[1])]
        out[at.reduce((sum, v, axis) => sum + v * stride[order[axis]], 0)] = value
      })
      return { values: out, size: to }
    }
    const block = turned(mask)
    const turnedSpacing: [number, number, number] = [0, 0, 0]
    order.forEach((place, axis) => (turnedSpacing[place] = spacing[axis]))
    expect(filledBetween(block.values, block.size, turnedSpacing)).toEqual(turned(expected).values)
  })

  it('makes a cone of two discs', () => {
    const size = [41, 41, 9] as const
    const mask = new Uint8Array(41 * 41 * 9)
    disc(mask, size, 0, 20, 20, 16)
    disc(mask, size, 8, 20, 20, 8)
    const filled = filledBetween(mask, size, [1, 1, 3])
    const expected = Math.PI * 12 ** 2
    expect(Math.abs(areaOf(filled, 41 * 41, 4) - expected) / expected).toBeLessThan(0.05)
  })

  it('leads from a disc to one beside it that it does not overlap', () => {
    const size = [60, 30, 5] as const
    const mask = new Uint8Array(60 * 30 * 5)
    disc(mask, size, 0, 14, 15, 8)
    disc(mask, size, 4, 45, 15, 8)
    const filled = filledBetween(mask, size, [1, 1, 1])
    const middle = filled.subarray(2 * 1800, 3 * 1800)
    const count = middle.reduce((sum, value) => sum + value, 0)
    const x = middle.reduce((sum, value, n) => sum + value * (n % 60), 0) / count
    expect(x).toBeGreaterThan(27)
    expect(x).toBeLessThan(32)
    expect(Math.abs(count - areaOf(mask, 1800, 0)) / count).toBeLessThan(0.1)
  })
})
