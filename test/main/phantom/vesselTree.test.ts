import { expect, it } from 'vitest'
import { Field } from '../../../src/main/phantom/field'
import { growTree, placesWithin } from '../../../src/main/phantom/vesselTree'
import { seededRandom } from '../../../src/shared/random'

it('reaches every target from the root, ever thinner', () => {
  const random = seededRandom(1)
  const ball = Field.of({ low: [-40, -40, -40], high: [40, 40, 40] }, 2, (x, y, z) => Math.hypot(x, y, z) - 38)
  const targets = placesWithin(ball, 30, 4, random)
  for (const [x, y, z] of targets) expect(Math.hypot(x, y, z)).toBeLessThan(38)
  const branches = growTree([0, 0, 0], 5, targets, random)
  for (const target of targets) {
    const away = Math.min(
      ...branches.flat().map(([x, y, z]) => Math.hypot(x - target[0], y - target[1], z - target[2])),
    )
    expect(away).toBeLessThan(0.01)
  }
  expect(Math.max(...branches.flat().map(([, , , r]) => r))).toBeLessThan(5.2)
  for (const branch of branches) expect(branch[branch.length - 1][3]).toBeLessThanOrEqual(branch[0][3] + 1e-9)
})
