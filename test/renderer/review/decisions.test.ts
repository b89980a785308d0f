import { expect, it } from 'vitest'
import { because, heldOutObstacle, reasonsAfter } from '../../../src/renderer/review/decisions'

it('what is verified in a held-out case is taken back with a reason, not by a key', () => {
  expect(heldOutObstacle('hold-out', 'accepted', 'rejected')).toContain('held out')
  expect(heldOutObstacle('hold-out', 'absent', 'unreviewed')).toContain('held out')
  expect(heldOutObstacle('hold-out', 'unreviewed', 'rejected')).toBeNull()
  expect(heldOutObstacle('hold-out', 'accepted', 'absent')).toBeNull()
  expect(heldOutObstacle('work', 'accepted', 'rejected')).toBeNull()
})

it('knows why a structure is rejected on every way through the history', () => {
  const changes = because([{ structure: 'liver', before: 'unreviewed', after: 'rejected' }], { liver: 'cava' })
  expect(changes[0].reason).toBe('cava')
  expect(because([{ structure: 'liver', before: 'unreviewed', after: 'accepted' }], { liver: 'cava' })[0]).toEqual({
    structure: 'liver',
    before: 'unreviewed',
    after: 'accepted',
  })
  const back = because([{ structure: 'liver', before: 'rejected', after: 'accepted' }], { liver: 'cava' })
  expect(reasonsAfter({ liver: 'stomach' }, back, 'back')).toEqual({ liver: 'cava' })
  expect(reasonsAfter({ liver: 'stomach' }, back, 'forward')).toEqual({ liver: 'stomach' })
})
