import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ellipsoid, FAR, Field, smoothMax } from '../../../src/main/phantom/field'

const bounds = { low: [-30, -30, -30], high: [30, 30, 30] } as const
const ball = (radius: number, x0 = 0): Field => Field.of(bounds, 1.5, (x, y, z) => Math.hypot(x - x0, y, z) - radius)

it('gives the distance that it was made of, between grid points too', () => {
  const field = ball(15)
  const near = fc.double({ min: -12, max: 12, noNaN: true })
  fc.assert(
    fc.property(near, near, near, (x, y, z) => {
      fc.pre(Math.hypot(x, y, z) > 6)
      expect(field.at(x, y, z)).toBeCloseTo(Math.min(FAR, Math.hypot(x, y, z) - 15), 0)
    }),
  )
  expect(field.at(100, 0, 0)).toBe(FAR)
})

it('measures a volume as geometry does', () => {
  expect(ball(15).volumeMl()).toBeCloseTo(((4 / 3) * Math.PI * 15 ** 3) / 1000, 1)
  const [a, b, c] = [20, 12, 8]
  const egg = Field.of(bounds, 1.2, (x, y, z) => ellipsoid(x, y, z, [a, b, c]))
  expect(egg.volumeMl()).toBeCloseTo(((4 / 3) * Math.PI * a * b * c) / 1000, 0)
})

it('joins a tube of the right radius along a curve', () => {
  const field = new Field(bounds, 1).addTube([
    [-20, 0, 0, 5],
    [20, 0, 0, 5],
  ])
  expect(field.at(0, 5, 0)).toBeCloseTo(0, 1)
  expect(field.at(0, 0, 8)).toBeCloseTo(3, 1)
  expect(field.at(0, 0, 0)).toBeCloseTo(-5, 1)
})

it('grows to a volume, and never into what others fill', () => {
  const other = ball(10, 18)
  const field = ball(10).growTo(9, 8, [[other, 2]])
  expect(field.volumeMl()).toBeCloseTo(9, 1)
  field.each((n, x, y, z) => {
    if (field.data[n] < 0) expect(other.at(x, y, z)).toBeGreaterThanOrEqual(2 - 1e-5)
  })
})

it('carves another shape and a gap away', () => {
  const other = ball(8, 12)
  const field = ball(15).carve(other, 3)
  field.each((n, x, y, z) => {
    if (field.data[n] < 0) expect(other.at(x, y, z)).toBeGreaterThanOrEqual(3 - 1e-5)
  })
  expect(field.volumeMl()).toBeLessThan(ball(15).volumeMl())
})

it('rounds a corner outward only near it', () => {
  expect(smoothMax(3, -20, 5)).toBe(3)
  expect(smoothMax(3, 3, 4)).toBe(4)
})
