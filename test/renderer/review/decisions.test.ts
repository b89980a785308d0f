import { describe, expect, it } from 'vitest'
import { asItIs, because, obstacleTo, reasonsAfter } from '../../../src/renderer/review/decisions'
import { nameSet } from '../../../src/renderer/review/nameSets'
import type { CaseRow } from '../../../src/shared/contract'
import type { ReviewStatus } from '../../../src/shared/labels/status'
import { detail, schema } from './smallCase'

const [liver] = schema.structures

interface Standing {
  readonly role?: CaseRow['role']
  readonly sought?: string[]
  readonly ml?: number
  readonly locked?: boolean
}

const obstacle = (
  status: ReviewStatus,
  wanted: ReviewStatus,
  { role = 'work', sought = ['liver'], ml = 10, locked = false }: Standing,
): string | null => {
  const known = detail({ liver: status })
  return obstacleTo(
    {
      detail: { ...known, sought, row: { ...known.row, role } },
      statuses: { liver: status },
      locked: nameSet(locked ? ['liver'] : []),
      volumeMl: () => ml,
    },
    liver,
    wanted,
  )
}

describe('a decision', () => {
  it('that takes back what is verified in a held-out case is made with a reason, not by a key', () => {
    const role = 'hold-out'
    expect(obstacle('accepted', 'rejected', { role })).toContain('held out')
    expect(obstacle('absent', 'unreviewed', { role })).toContain('held out')
    expect(obstacle('unreviewed', 'rejected', { role })).toBeNull()
    expect(obstacle('accepted', 'absent', { role })).toBeNull()
    expect(obstacle('accepted', 'rejected', {})).toBeNull()
  })

  it('for an empty mask is none where no model looked for the structure', () => {
    expect(obstacle('unreviewed', 'accepted', { ml: 0, sought: [] })).toContain('No model looked for Liver')
    expect(obstacle('rejected', 'accepted', { ml: 0, sought: [] })).toContain('No model looked for Liver')
    expect(obstacle('unreviewed', 'accepted', { ml: 0 })).toBeNull()
    expect(obstacle('unreviewed', 'accepted', { sought: [] })).toBeNull()
    expect(obstacle('corrected', 'accepted', { ml: 0, sought: [] })).toBeNull()
    expect(obstacle('unreviewed', 'absent', { ml: 0, sought: [] })).toBeNull()
  })

  it('that would take locked voxels away is refused', () => {
    expect(obstacle('accepted', 'absent', { locked: true })).toContain('locked')
    expect(obstacle('accepted', 'absent', { locked: true, ml: 0 })).toBeNull()
  })

  it('to leave a structure as it is makes it accepted, or absent, and leaves what was decided', () => {
    expect([asItIs('unreviewed', 10), asItIs('unreviewed', 0), asItIs('corrected', 0)]).toEqual([
      'accepted',
      'absent',
      'corrected',
    ])
  })
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
