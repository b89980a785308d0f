import type { Vec3 } from '../../shared/geometry/affine'

/** A point of a tube's centre line with the tube's radius there: [x, y, z, radius], mm. */
export type Knot = readonly [number, number, number, number]

/** A Catmull-Rom curve through the knots, radii too, sampled about every `step` mm. */
export function smoothCurve(knots: readonly Knot[], step = 3): Knot[] {
  if (knots.length < 2) return [...knots]
  const at = (n: number): Knot => knots[Math.max(0, Math.min(knots.length - 1, n))]
  const out: Knot[] = []
  for (let n = 0; n + 1 < knots.length; n++) {
    const [p0, p1, p2, p3] = [at(n - 1), at(n), at(n + 1), at(n + 2)]
    const pieces = Math.max(1, Math.round(distanceBetween(p1, p2) / step))
    for (let piece = 0; piece < pieces; piece++) {
      const t = piece / pieces
      const mix = (a: 0 | 1 | 2 | 3): number =>
        0.5 *
        (2 * p1[a] +
          (p2[a] - p0[a]) * t +
          (2 * p0[a] - 5 * p1[a] + 4 * p2[a] - p3[a]) * t * t +
          (3 * p1[a] - p0[a] - 3 * p2[a] + p3[a]) * t * t * t)
      out.push([mix(0), mix(1), mix(2), Math.max(0.2, mix(3))])
    }
  }
  out.push(knots[knots.length - 1])
  return out
}

export function distanceBetween(a: readonly number[], b: readonly number[]): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2])
}

/**
 * A function of one variable through (position, value) pairs: linear between them, its corners rounded over a few mm,
 * constant beyond. Positions ascend, and are whole mm. It is asked millions of times, so it is tabulated.
 */
export function piecewise(pairs: readonly (readonly [number, number])[]): (at: number) => number {
  const first = pairs[0][0]
  const last = pairs[pairs.length - 1][0]
  const exact = (at: number): number => {
    const n = pairs.findIndex(([x]) => at < x)
    if (n <= 0) return pairs[n === 0 ? 0 : pairs.length - 1][1]
    const [[x0, y0], [x1, y1]] = [pairs[n - 1], pairs[n]]
    return y0 + ((at - x0) / (x1 - x0)) * (y1 - y0)
  }
  const table = Float64Array.from({ length: last - first + 1 }, (_, n) => {
    let sum = 0
    for (let by = -12; by <= 12; by += 4) sum += exact(first + n + by)
    return sum / 7
  })
  return (at) => {
    const u = at <= first ? 0 : at >= last ? last - first : at - first
    const n = Math.min(table.length - 2, u | 0)
    return table[n] + (u - n) * (table[n + 1] - table[n])
  }
}

export function mirrored(knots: readonly Knot[], side: 1 | -1): Knot[] {
  return knots.map(([x, y, z, r]) => [x * side, y, z, r] as const)
}

export function moved<K extends Knot | Vec3>(point: K, by: Vec3): K {
  return point.map((value, axis) => (axis < 3 ? value + by[axis] : value)) as unknown as K
}
