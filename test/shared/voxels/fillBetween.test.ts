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
  it('keeps the drawn slices and everything beyond the first and last of them', () => {
    fc.assert(
      fc.property(smallVolumes(), ({ dims, voxels }) => {
        const filled = filledBetween(voxels, dims, [1, 1, 2])
        const area = dims[0] * dims[1]
        const drawn = Array.from({ length: dims[2] }, (_, k) => k).filter((k) => areaOf(voxels, area, k) > 0)
        for (let k = 0; k < dims[2]; k++) {
          const between = k > drawn[0] && k < drawn[drawn.length - 1] && !drawn.includes(k)
          if (!between) {
            expect(filled.subarray(k * area, (k + 1) * area)).toEqual(voxels.subarray(k * area, (k + 1) * area))
          }
        }
      }),
    )
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
