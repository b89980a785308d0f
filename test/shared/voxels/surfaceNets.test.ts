import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Vec3 } from '../../../src/shared/geometry/affine'
import { surfaceNets, type TriangleSurface } from '../../../src/shared/voxels/surfaceNets'

function enclosedVolume({ points, triangles }: TriangleSurface): number {
  const at = (n: number): Vec3 => [points[3 * n], points[3 * n + 1], points[3 * n + 2]]
  let sum = 0
  for (let t = 0; t < triangles.length; t += 3) {
    const [a, b, c] = [at(triangles[t]), at(triangles[t + 1]), at(triangles[t + 2])]
    const cross = [b[1] * c[2] - b[2] * c[1], b[2] * c[0] - b[0] * c[2], b[0] * c[1] - b[1] * c[0]]
    sum += (a[0] * cross[0] + a[1] * cross[1] + a[2] * cross[2]) / 6
  }
  return sum
}

/** Directed edges that have no partner in the other direction. */
function openEdges({ triangles }: TriangleSurface): number {
  const seen = new Map<string, number>()
  for (let t = 0; t < triangles.length; t += 3) {
    for (let e = 0; e < 3; e++) {
      const [a, b] = [triangles[t + e], triangles[t + ((e + 1) % 3)]]
      const [edge, sign] = a < b ? [`${a} ${b}`, 1] : [`${b} ${a}`, -1]
      seen.set(edge, (seen.get(edge) ?? 0) + sign)
    }
  }
  return [...seen.values()].filter((balance) => balance !== 0).length
}

/** How many triangles the edges belong to. */
function edgeUses({ triangles }: TriangleSurface): Set<number> {
  const uses = new Map<string, number>()
  for (let t = 0; t < triangles.length; t += 3) {
    for (let e = 0; e < 3; e++) {
      const [a, b] = [triangles[t + e], triangles[t + ((e + 1) % 3)]]
      const edge = a < b ? `${a} ${b}` : `${b} ${a}`
      uses.set(edge, (uses.get(edge) ?? 0) + 1)
    }
  }
  return new Set(uses.values())
}

function ball(dims: Vec3, centre: Vec3, radius: number, value: number): Uint8Array {
  return new Uint8Array(dims[0] * dims[1] * dims[2]).map((_, index) => {
    const voxel = [index % dims[0], Math.floor(index / dims[0]) % dims[1], Math.floor(index / dims[0] / dims[1])]
    return Math.hypot(...voxel.map((v, axis) => v - centre[axis])) <= radius ? value : 0
  })
}

describe('surface nets', () => {
  it('enclose a ball: closed, facing outwards, its volume and radius right', () => {
    const surface = surfaceNets(ball([40, 40, 40], [20, 19, 21], 12, 3), [40, 40, 40], 3)
    expect(openEdges(surface)).toBe(0)
    expect(enclosedVolume(surface) / ((4 / 3) * Math.PI * 12 ** 3)).toBeCloseTo(1, 1)
    const radii = Array.from({ length: surface.points.length / 3 }, (_, n) =>
      Math.hypot(surface.points[3 * n] - 20, surface.points[3 * n + 1] - 19, surface.points[3 * n + 2] - 21),
    )
    expect(Math.min(...radii)).toBeGreaterThan(11.2)
    expect(Math.max(...radii)).toBeLessThan(12.8)
  })

  it('are closed for any shape, also where it touches the grid, and face outwards', () => {
    const shapes = fc.uint8Array({ minLength: 120, maxLength: 120, max: 2 })
    fc.assert(
      fc.property(shapes, (shape) => {
        const data = Uint8Array.from(shape)
        const surface = surfaceNets(data, [6, 5, 4], 1, 0)
        expect(openEdges(surface)).toBe(0)
        expect(surface.triangles.length > 0).toBe(data.includes(1))
        if (data.includes(1)) expect(enclosedVolume(surface)).toBeGreaterThan(0)
      }),
    )
  })

  it('have every edge in exactly two triangles, whatever the shape', () => {
    const shapes = fc.uint8Array({ minLength: 210, maxLength: 210, max: 1 })
    fc.assert(
      fc.property(shapes, (shape) => {
        const data = Uint8Array.from(shape)
        if (data.includes(1)) expect(edgeUses(surfaceNets(data, [7, 6, 5], 1))).toEqual(new Set([2]))
      }),
      { numRuns: 500 },
    )
  })

  it('have no triangle for a label that is not there', () => {
    expect(surfaceNets(ball([9, 9, 9], [4, 4, 4], 3, 1), [9, 9, 9], 2).triangles).toHaveLength(0)
  })
})
