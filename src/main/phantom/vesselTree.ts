import type { Vec3 } from '../../shared/geometry/affine'
import type { Random } from '../../shared/random'
import { distanceBetween, smoothCurve, type Knot } from './curve'
import type { Field } from './field'

interface Node {
  readonly at: Vec3
  readonly parent: number
  /** How many targets are supplied through here. */
  load: number
}

/**
 * A branching vessel from `root` to every target: each target, nearest first, grows a branch from the nearest point of
 * the tree; radii follow Murray's law (the cube of a vessel's radius is the sum of its branches' cubes).
 */
export function growTree(root: Vec3, rootRadius: number, targets: readonly Vec3[], random: Random): Knot[][] {
  const nodes: Node[] = [{ at: root, parent: -1, load: 0 }]
  const order = [...targets].sort((a, b) => distanceBetween(a, root) - distanceBetween(b, root))
  const ends: number[] = []
  for (const target of order) {
    let nearest = 0
    let least = Infinity
    nodes.forEach(({ at }, n) => {
      // Branching far from the root costs less than a long way of one's own.
      const cost = distanceBetween(at, target) + 0.25 * distanceBetween(at, root)
      if (cost < least) [least, nearest] = [cost, n]
    })
    const from = nodes[nearest].at
    const pieces = Math.max(1, Math.round(distanceBetween(from, target) / 12))
    const sway = (): number => random.normal() * 1.6
    for (let piece = 1, parent = nearest; piece <= pieces; piece++) {
      const t = piece / pieces
      const along = (axis: 0 | 1 | 2): number => from[axis] + (target[axis] - from[axis]) * t + (t < 1 ? sway() : 0)
      nodes.push({ at: [along(0), along(1), along(2)], parent, load: 0 })
      parent = nodes.length - 1
    }
    ends.push(nodes.length - 1)
  }
  for (const end of ends) for (let n = end; n >= 0; n = nodes[n].parent) nodes[n].load++

  const radiusOf = (n: number): number => rootRadius * Math.cbrt(nodes[n].load / Math.max(1, ends.length))
  const started = new Set<number>()
  // Long branches first: each end walks back until it meets a branch that is drawn already.
  return [...ends].reverse().map((end) => {
    const path: Knot[] = []
    for (let n = end; n >= 0; n = nodes[n].parent) {
      path.push([...nodes[n].at, radiusOf(n)])
      if (started.has(n)) break
      started.add(n)
    }
    return smoothCurve(path.reverse(), 4)
  })
}

/** Random places inside a shape, at least `depth` mm below its surface. */
export function placesWithin(field: Field, count: number, depth: number, random: Random): Vec3[] {
  const inside: number[] = []
  field.data.forEach((d, n) => {
    if (d < -depth) inside.push(n)
  })
  if (inside.length === 0) return []
  return Array.from({ length: count }, () => {
    const n = inside[random.int(inside.length)]
    const [nx, ny] = field.size
    const at = (axis: 0 | 1 | 2, index: number): number =>
      field.low[axis] + (index + random.between(-0.5, 0.5)) * field.step
    return [at(0, n % nx), at(1, Math.floor(n / nx) % ny), at(2, Math.floor(n / nx / ny))] as const
  })
}
