import fc from 'fast-check'
import { expect, it } from 'vitest'
import { hamiltonianPath } from '../../../src/main/phantom/hamiltonianPath'
import { seededRandom } from '../../../src/shared/random'

it('visits every node once, each a neighbour of the one before', () => {
  const size = fc.integer({ min: 1, max: 6 })
  fc.assert(
    fc.property(size, size, size, fc.integer(), (nx, ny, nz, seed) => {
      const path = hamiltonianPath([nx, ny, nz], seededRandom(seed), 200)
      expect(new Set(path.map(String)).size).toBe(nx * ny * nz)
      for (let n = 1; n < path.length; n++) {
        const step = [0, 1, 2].reduce((sum, axis) => sum + Math.abs(path[n][axis] - path[n - 1][axis]), 0)
        expect(step).toBe(1)
      }
    }),
  )
})
