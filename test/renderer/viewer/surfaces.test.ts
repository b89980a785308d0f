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
    const { surfaces } = surfacesOf({ turn: 1, overview, affine, values: [7, 8] })
    const { points } = surfaces[0].surface
    const along = (axis: number): number[] => [...points].filter((_, n) => n % 3 === axis)
    expect(Math.min(...along(0))).toBeCloseTo(-50 + 0.9 * 9.5, 0)
    expect(Math.max(...along(0))).toBeCloseTo(-50 + 0.9 * 29.5, 0)
    expect(Math.min(...along(2))).toBeCloseTo(100 + 2 * 4.5, 0)
    expect(Math.max(...along(2))).toBeCloseTo(100 + 2 * 14.5, 0)
    expect(surfaces[1].surface.triangles).toHaveLength(0)
  })
})
