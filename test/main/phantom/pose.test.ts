import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Pose } from '../../../src/main/phantom/pose'
import { seededRandom } from '../../../src/shared/random'

it('takes points into the scanner and back to the atlas', () => {
  const mm = fc.double({ min: -180, max: 180, noNaN: true })
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1000 }), mm, mm, mm, (seed, x, y, z) => {
      const pose = new Pose(seededRandom(seed), 1)
      const back = pose.toAtlas(...pose.toScanner([x, y, z]))
      expect(Math.hypot(back[0] - x, back[1] - y, back[2] - z)).toBeLessThan(0.2)
    }),
  )
})
