import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { panBy, viewOf, wholeSlice, zoomAt } from '../../../src/renderer/viewer/camera'
import type { Camera, Extent } from '../../../src/renderer/viewer/camera'

const slice: Extent = { min: [-180, -120], max: [200, 90] }
const sizes = fc.tuple(fc.integer({ min: 50, max: 3000 }), fc.integer({ min: 50, max: 3000 }))
const numbers = (limit: number) => fc.double({ min: -limit, max: limit, noNaN: true })
const cameras: fc.Arbitrary<Camera> = fc.record({
  zoom: fc.double({ min: 0.5, max: 20, noNaN: true }),
  pan: fc.tuple(numbers(100), numbers(100)),
})
const width = ({ min, max }: Extent): number => max[0] - min[0]
const height = ({ min, max }: Extent): number => max[1] - min[1]

describe('a camera', () => {
  it('fills the tile with square millimetres', () => {
    fc.assert(
      fc.property(sizes, cameras, (size, camera) => {
        const view = viewOf(slice, size, camera)
        expect(width(view) / size[0]).toBeCloseTo(height(view) / size[1], 6)
      }),
    )
  })

  it('shows the whole slice, touching the tile on two sides, until it is moved', () => {
    fc.assert(
      fc.property(sizes, (size) => {
        const view = viewOf(slice, size, wholeSlice)
        const slack = [width(view) - width(slice), height(view) - height(slice)]
        expect(Math.min(...slack)).toBeCloseTo(0, 6)
        expect(Math.max(...slack)).toBeGreaterThanOrEqual(-1e-6)
      }),
    )
  })

  it('keeps what lies under the pointer in its place while zooming', () => {
    fc.assert(
      fc.property(
        sizes,
        cameras,
        numbers(0.5),
        numbers(0.5),
        fc.double({ min: 0.6, max: 1.6, noNaN: true }),
        (size, camera, x, y, factor) => {
          const before = viewOf(slice, size, camera)
          const offset = [x * width(before), y * height(before)] as const
          const after = viewOf(slice, size, zoomAt(camera, factor, offset))
          const at = (view: Extent, axis: 0 | 1, share: number): number =>
            view.min[axis] + (view.max[axis] - view.min[axis]) * (0.5 + share)
          expect(at(after, 0, x)).toBeCloseTo(at(before, 0, x), 4)
          expect(at(after, 1, y)).toBeCloseTo(at(before, 1, y), 4)
        },
      ),
    )
  })

  it('moves the image with the hand', () => {
    const before = viewOf(slice, [400, 300], wholeSlice)
    const after = viewOf(slice, [400, 300], panBy(wholeSlice, [10, -4]))
    expect(after.min[0]).toBeCloseTo(before.min[0] - 10)
    expect(after.min[1]).toBeCloseTo(before.min[1] + 4)
  })

  it('zooms no further than its limits', () => {
    expect(zoomAt(wholeSlice, 1e6, [0, 0]).zoom).toBe(40)
    expect(zoomAt(wholeSlice, 1e-6, [0, 0]).zoom).toBe(0.5)
  })
})
