import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Vec3 } from '../../../../src/shared/geometry/affine'
import { geodesicDistance } from '../../../../src/shared/voxels/proposal/geodesic'

const spacing = [1, 1, 2.5] as const

/** Framed grids with 2 to 5 inner cells along each axis, a cost in each, and a seed. */
const grids = fc
  .tuple(fc.integer({ min: 2, max: 5 }), fc.integer({ min: 2, max: 5 }), fc.integer({ min: 2, max: 5 }))
  .chain(([a, b, c]) => {
    const size: Vec3 = [a + 2, b + 2, c + 2]
    const cells = size[0] * size[1] * size[2]
    return fc.record({
      size: fc.constant(size),
      cost: fc.array(fc.double({ min: 0.05, max: 3, noNaN: true }), { minLength: cells, maxLength: cells }),
      seed: fc.nat(a * b * c - 1).map((n) => 1 + (n % a) + size[0] * (1 + (Math.floor(n / a) % b) + size[1] * (1 + Math.floor(n / a / b)))), // prettier-ignore
    })
  })

const isInner = (n: number, [nx, ny, nz]: Vec3): boolean => {
  const [x, y, z] = [n % nx, Math.floor(n / nx) % ny, Math.floor(n / nx / ny)]
  return x > 0 && y > 0 && z > 0 && x < nx - 1 && y < ny - 1 && z < nz - 1
}

/** Relaxes every pair of neighbours until nothing changes. */
function settled(
  start: Float64Array,
  size: Vec3,
  better: (from: number, to: number, mm: number) => number,
): Float64Array {
  const value = start
  for (let changed = true; changed;) {
    changed = false
    for (let n = 0; n < value.length; n++) {
      if (!isInner(n, size)) continue
      for (let dz = -1; dz <= 1; dz++) {
        for (let dy = -1; dy <= 1; dy++) {
          for (let dx = -1; dx <= 1; dx++) {
            const m = n + dx + size[0] * (dy + size[1] * dz)
            if (m === n || !isInner(m, size)) continue
            const found = better(m, n, Math.hypot(dx * spacing[0], dy * spacing[1], dz * spacing[2]))
            if (found === value[n]) continue
            value[n] = found
            changed = true
          }
        }
      }
    }
  }
  return value
}

describe('ways through a framed grid', () => {
  it('are as short as they can be', () => {
    fc.assert(
      fc.property(grids, ({ size, cost, seed }) => {
        const slowness = Float32Array.from(cost)
        const start = new Float64Array(cost.length).fill(Infinity)
        start[seed] = 0
        const exact = settled(start, size, (m, n, mm) =>
          Math.min(start[n], start[m] + (mm * (slowness[m] + slowness[n])) / 2),
        )
        const ours = geodesicDistance([seed], slowness, size, spacing, 12)
        ours.forEach((mm, n) => isInner(n, size) && expect(mm).toBeCloseTo(exact[n], 4))
        const quick = geodesicDistance([seed], slowness, size, spacing)
        quick.forEach((mm, n) => isInner(n, size) && expect(mm).toBeGreaterThanOrEqual(exact[n] - 1e-4))
      }),
      { numRuns: 60 },
    )
  })

  it('lead nowhere without a seed', () => {
    expect(geodesicDistance([], new Float32Array(27).fill(1), [3, 3, 3], spacing)).toEqual(
      new Float32Array(27).fill(Infinity),
    )
  })
})
