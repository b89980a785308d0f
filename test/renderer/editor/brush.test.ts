import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Vec3 } from '../../../src/shared/geometry/affine'
import { sliceAxis, visitSweep, type Plane, type Sweep } from '../../../src/renderer/editor/brush'

const dims: Vec3 = [24, 20, 12]
const at = (i: number, j: number, k: number): number => i + dims[0] * (j + dims[1] * k)

function swept(spacing: Vec3, sweep: Sweep): Set<number> {
  const found = new Set<number>()
  visitSweep(dims, spacing, sweep, (first, last, j, k) => {
    for (let i = first; i <= last; i++) found.add(at(i, j, k))
  })
  return found
}

const spacings = fc.tuple(...[0, 1, 2].map(() => fc.double({ min: 0.4, max: 5, noNaN: true }))) as fc.Arbitrary<
  [number, number, number]
>
const points = fc.tuple(
  fc.double({ min: 0, max: 23, noNaN: true }),
  fc.double({ min: 0, max: 19, noNaN: true }),
  fc.double({ min: 0, max: 11, noNaN: true }),
)
const planes = fc.constantFrom<Plane | null>('axial', 'coronal', 'sagittal', null)

describe('a swept brush', () => {
  it('covers exactly the voxels within its radius in mm, whatever the spacing, besides those under the line', () => {
    fc.assert(
      fc.property(
        spacings,
        points,
        fc.double({ min: 0.2, max: 15, noNaN: true }),
        planes,
        (spacing, p, radiusMm, plane) => {
          const found = swept(spacing, { from: p, to: p, radiusMm, plane })
          const centre = p.map((v, axis) => (plane && axis === sliceAxis[plane] ? Math.round(v) : v))
          const under = at(Math.round(p[0]), Math.round(p[1]), Math.round(p[2]))
          const wrong: Vec3[] = []
          for (let k = 0; k < dims[2]; k++)
            for (let j = 0; j < dims[1]; j++)
              for (let i = 0; i < dims[0]; i++) {
                const offset = [i, j, k].map((v, axis) => (v - centre[axis]) * spacing[axis])
                const away = Math.hypot(...offset)
                const offPlane = plane !== null && offset[sliceAxis[plane]] !== 0
                if (Math.abs(away - radiusMm) < 1e-9) continue
                const expected = (!offPlane && away < radiusMm) || at(i, j, k) === under
                if (found.has(at(i, j, k)) !== expected) wrong.push([i, j, k])
              }
          expect(wrong).toEqual([])
        },
      ),
      { numRuns: 40 },
    )
  })

  it('covers exactly what lies within its radius of the way, in mm', () => {
    fc.assert(
      fc.property(
        spacings,
        points,
        points,
        fc.double({ min: 0.2, max: 12, noNaN: true }),
        planes,
        (spacing, p, q, radiusMm, plane) => {
          const found = swept(spacing, { from: p, to: q, radiusMm, plane })
          const flat = plane && sliceAxis[plane]
          const [a, b] = [p, q].map((end) =>
            end.map((v, axis) => (axis === flat ? Math.round(q[axis]) : v) * spacing[axis]),
          )
          const way = a.map((v, axis) => b[axis] - v)
          const long = way.reduce((sum, v) => sum + v * v, 0)
          const wrong: number[] = []
          for (let n = 0; n < dims[0] * dims[1] * dims[2]; n++) {
            const voxel = [n % dims[0], Math.floor(n / dims[0]) % dims[1], Math.floor(n / dims[0] / dims[1])]
            if (flat !== null && voxel[flat] !== Math.round(q[flat])) continue
            const off = voxel.map((v, axis) => v * spacing[axis] - a[axis])
            const t =
              long > 0 ? Math.min(1, Math.max(0, off.reduce((sum, v, axis) => sum + v * way[axis], 0) / long)) : 0
            const away = Math.hypot(...off.map((v, axis) => v - t * way[axis]))
            // The way's own voxels are painted however thin the brush is.
            const thinnest = Math.max(radiusMm, 0.5 * Math.hypot(...spacing))
            if (away < radiusMm - 1e-6 ? !found.has(n) : away > thinnest + 1e-6 && found.has(n)) wrong.push(n)
          }
          expect(wrong).toEqual([])
        },
      ),
      { numRuns: 60 },
    )
  })

  it('leaves no gap however far the pointer jumps: every voxel under the line is painted', () => {
    fc.assert(
      fc.property(spacings, points, points, planes, (spacing, from, to, plane) => {
        const found = swept(spacing, { from, to, radiusMm: 0.1, plane })
        for (let s = 0; s <= 60; s++) {
          const p = from.map((v, axis) => {
            const flat = plane && axis === sliceAxis[plane]
            return flat ? Math.round(to[axis]) : v + ((to[axis] - v) * s) / 60
          })
          const near = [...found].some((index) => {
            const v = [index % dims[0], Math.floor(index / dims[0]) % dims[1], Math.floor(index / dims[0] / dims[1])]
            return v.every((value, axis) => Math.abs(value - p[axis]) <= 0.7)
          })
          expect(near).toBe(true)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('stays within one slice in a plane', () => {
    const found = swept([1, 1, 1], { from: [5, 5, 3.2], to: [15, 9, 3.2], radiusMm: 4, plane: 'axial' })
    expect(found.size).toBeGreaterThan(50)
    expect([...found].every((index) => Math.floor(index / dims[0] / dims[1]) === 3)).toBe(true)
  })

  it('touches nothing where it lies outside the image', () => {
    expect(swept([1, 1, 1], { from: [40, 5, 3], to: [44, 5, 3], radiusMm: 5, plane: null }).size).toBe(0)
  })
})
