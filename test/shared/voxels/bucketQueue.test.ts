import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BucketQueue } from '../../../src/shared/voxels/bucketQueue'

describe('a bucket queue', () => {
  it('gives shortest ways as plain relaxation does', () => {
    const steps = fc.array(fc.tuple(fc.nat(19), fc.nat(19), fc.integer({ min: 1, max: 9 })), { maxLength: 90 })
    fc.assert(
      fc.property(steps, (edges) => {
        const queue = new BucketQueue(20, 9)
        queue.lower(0, 0)
        const reached: number[] = []
        for (let at = queue.take(); at >= 0; at = queue.take()) {
          reached.push(queue.cost[at])
          for (const [from, to, cost] of edges) if (from === at) queue.lower(to, queue.cost[at] + cost)
        }
        const best = new Array<number>(20).fill(Infinity)
        best[0] = 0
        for (let round = 0; round < 20; round++) {
          for (const [from, to, cost] of edges) best[to] = Math.min(best[to], best[from] + cost)
        }
        expect(reached).toEqual(reached.toSorted((a, b) => a - b))
        best.forEach((cost, n) => expect(queue.cost[n]).toBe(Number.isFinite(cost) ? cost : 0x7fffffff))
      }),
    )
  })
})
