import { expect, it } from 'vitest'
import { heldOutObstacle } from '../../../src/renderer/review/decisions'

it('what is verified in a held-out case is taken back with a reason, not by a key', () => {
  expect(heldOutObstacle('hold-out', 'accepted', 'rejected')).toContain('held out')
  expect(heldOutObstacle('hold-out', 'absent', 'unreviewed')).toContain('held out')
  expect(heldOutObstacle('hold-out', 'unreviewed', 'rejected')).toBeNull()
  expect(heldOutObstacle('hold-out', 'accepted', 'absent')).toBeNull()
  expect(heldOutObstacle('work', 'accepted', 'rejected')).toBeNull()
})
