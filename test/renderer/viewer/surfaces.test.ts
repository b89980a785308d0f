import { describe, expect, it } from 'vitest'
import { overviewOf } from '../../../src/renderer/viewer/overview'
import { surfacesOf } from '../../../src/renderer/viewer/surfaces'
import { affineOf } from '../../../src/shared/geometry/affine'

describe('surfaces', () => {
  it('lie where the structure lies, in millimetres', () => {
    const [nx, ny, nz] = [40, 40, 20]
    const labels = new Uint8Array(nx * ny * nz).map((_, index) => {
      const [i, j, k] = [index % nx, Math.floor(index / nx) % ny, Math.floor(index / nx / ny)]
      return i >= 10 && i < 30 && j >= 12 && j < 28 && k >= 5 && k < 15 ? 7 : 0
    })
    const affine = affineOf([0.9, 0, 0], [0, 0.9, 0], [0, 0, 2], [-50, 10, 100])
    const overview = overviewOf(labels, [nx, ny, nz], [0.9, 0.9, 2])
    const { surfaces } = surfacesOf({ overview, affine, values: [7, 8], edits: 0 }, null)
    const { points } = surfaces[0].surface
    const along = (axis: number): number[] => [...points].filter((_, n) => n % 3 === axis)
    expect(Math.min(...along(0))).toBeCloseTo(-50 + 0.9 * 9.5, 0)
    expect(Math.max(...along(0))).toBeCloseTo(-50 + 0.9 * 29.5, 0)
    expect(Math.min(...along(2))).toBeCloseTo(100 + 2 * 4.5, 0)
    expect(Math.max(...along(2))).toBeCloseTo(100 + 2 * 14.5, 0)
    expect(surfaces[1].surface.triangles).toHaveLength(0)
  })

  it('are made again of the values that came, went or moved, and of no others', () => {
    const affine = affineOf([1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 0])
    const before = new Uint8Array(1000).fill(3, 100, 300).fill(4, 500, 700).fill(6, 900, 910)
    const data = before.slice().fill(4, 290, 300).fill(0, 900, 910)
    const request = {
      overview: { dims: [10, 10, 10], step: [1, 1, 1], data },
      affine,
      values: [3, 4, 5, 6],
      edits: 2,
    } as const
    const made = surfacesOf({ ...request, values: [...request.values] }, before).surfaces
    expect(made.map(({ value }) => value)).toEqual([3, 4, 6])
    expect(made[2].surface.triangles).toHaveLength(0)
    const all = surfacesOf(request, null).surfaces
    expect(all.map(({ value }) => value)).toEqual([3, 4, 5, 6])
    expect(made[0].surface).toEqual(all[0].surface)
  })
})
