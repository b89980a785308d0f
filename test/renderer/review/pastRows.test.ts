import { expect, it } from 'vitest'
import { pastRows, revisionTitle, statusNote } from '../../../src/renderer/review/pastRows'
import type { CaseHistory, RevisionRow } from '../../../src/shared/contract'
import { schema } from './smallCase'

const revision = (id: string, origin: RevisionRow['origin'], createdAt: string): RevisionRow => {
  return { id, parent: null, author: 'kim', origin, model: 'student@2', createdAt, statuses: { liver: 'accepted' } }
}

it('lists revisions and the decisions between them in the order of time, those of a save with it', () => {
  const history: CaseHistory = {
    revisions: [
      revision('a', 'model', '2026-01-01T10:00:00.000Z'),
      revision('b', 'reader', '2026-01-01T12:00:00.000Z'),
    ],
    reviews: [
      { structure: 'liver', status: 'accepted', revision: 'a', author: 'lee', at: '2026-01-01T11:00:00.000Z' },
      { structure: 'spleen', status: 'corrected', revision: 'b', author: 'kim', at: '2026-01-01T12:00:00.000Z' },
    ],
  }
  const rows = pastRows(history, schema.structures)
  expect(rows.map(({ title, who }) => [title, who])).toEqual([
    ['Segmentation by student@2', 'kim'],
    ['Liver: accepted', 'lee'],
    ['Saved edits', 'kim'],
  ])
  expect(rows[0].note).toBe('1 accepted')
  expect(rows.map((row) => row.revision?.id)).toEqual(['a', undefined, 'b'])
})

it('says of labels by a schema that the case had before whose they are', () => {
  const former = { ...revision('a', 'model', '2026-01-01T10:00:00.000Z'), formerSchema: 'Knee' }
  const rows = pastRows({ revisions: [former], reviews: [] }, schema.structures)
  expect(rows[0].note).toBe('by Knee, which the case had before; 1 accepted')
})

it('says where a revision is from, and what was verified in it', () => {
  expect(revisionTitle({ origin: 'import', model: null })).toBe('Imported labels')
  const statuses = { liver: 'accepted', spleen: 'accepted', aorta: 'rejected', stomach: 'unreviewed' } as const
  expect(statusNote(statuses)).toBe('2 accepted, 1 rejected')
})
