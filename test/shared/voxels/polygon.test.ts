import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fillPolygons, type Corner } from '../../../src/shared/voxels/polygon'

function polygonMask(corners: readonly Corner[], nx: number, ny: number): Uint8Array {
  const mask = new Uint8Array(nx * ny)
  fillPolygons(mask, nx, ny, [corners])
  return mask
}

describe('a polygon', () => {
  it('holds the pixels whose centres are inside', () => {
    const mask = polygonMask(
      [
        [0.5, 0.5],
        [3.5, 0.5],
        [3.5, 2.5],
        [0.5, 2.5],
      ],
      5,
      4,
    )
    expect([...mask]).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0])
  })

  it('has the area that the shoelace formula gives, to within its outline', () => {
    const radius = fc.double({ min: 4, max: 14, noNaN: true })
    fc.assert(
      fc.property(fc.array(radius, { minLength: 3, maxLength: 30 }), (radii) => {
        const corners = radii.map((r, n): Corner => {
          const angle = (2 * Math.PI * n) / radii.length
          return [16 + r * Math.cos(angle), 16 + r * Math.sin(angle)]
        })
        const next = (n: number): Corner => corners[(n + 1) % corners.length]
        const twice = corners.reduce((sum, [x, y], n) => sum + x * next(n)[1] - next(n)[0] * y, 0)
        const outline = corners.reduce((sum, [x, y], n) => sum + Math.hypot(next(n)[0] - x, next(n)[1] - y), 0)
        const pixels = polygonMask(corners, 33, 33).reduce((sum, value) => sum + value, 0)
        expect(Math.abs(pixels - twice / 2)).toBeLessThanOrEqual(outline)
      }),
    )
  })

  it('is the same from whichever corner it starts, either way round, and whatever lies off the image', () => {
    const corner = fc.tuple(fc.double({ min: -9, max: 20, noNaN: true }), fc.double({ min: -9, max: 20, noNaN: true }))
    fc.assert(
      fc.property(fc.array(corner, { minLength: 3, maxLength: 9 }), fc.nat(8), (corners, first) => {
        const turned = [...corners.slice(first % corners.length), ...corners.slice(0, first % corners.length)]
        const mask = polygonMask(corners, 12, 10)
        expect(polygonMask(turned, 12, 10)).toEqual(mask)
        expect(polygonMask(corners.toReversed(), 12, 10)).toEqual(mask)
      }),
    )
  })
})
