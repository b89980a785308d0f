import { expect, it } from 'vitest'
import type { CasePast, RevisionRow } from '../../src/shared/caseHistory'
import { revisionTitle, statusNote, timelineOf } from '../../src/shared/timeline'

const revision = (id: string, origin: RevisionRow['origin'], createdAt: string): RevisionRow => {
  return { id, parent: null, author: 'kim', origin, model: 'student@2', createdAt, statuses: { liver: 'accepted' } }
}
const nothing: CasePast = { revisions: [], reviews: [], notes: [], events: [] }
const titleOf = (name: string): string => name.toUpperCase()

it('lists revisions and the decisions between them in the order of time, those of a save with it', () => {
  const rows = timelineOf(
    {
      ...nothing,
      revisions: [
        revision('a', 'model', '2026-01-01T10:00:00.000Z'),
        revision('b', 'reader', '2026-01-01T12:00:00.000Z'),
      ],
      reviews: [
        { structure: 'liver', status: 'accepted', revision: 'a', author: 'lee', at: '2026-01-01T11:00:00.000Z' },
        { structure: 'spleen', status: 'corrected', revision: 'b', author: 'kim', at: '2026-01-01T12:00:00.000Z' },
      ],
    },
    titleOf,
  )
  expect(rows.map(({ title, note, who }) => [title, note, who])).toEqual([
    ['Segmentation by student@2', '1 accepted', 'kim'],
    ['LIVER: accepted', '', 'lee'],
    ['Saved edits', 'SPLEEN corrected', 'kim'],
  ])
  expect(rows.map((row) => row.revision?.id)).toEqual(['a', undefined, 'b'])
  expect(rows.map(({ kinds }) => kinds)).toEqual([['labels'], ['decisions'], ['labels', 'decisions']])
})

it('says of labels by a schema that the case had before whose they are', () => {
  const former = { ...revision('a', 'model', '2026-01-01T10:00:00.000Z'), formerSchema: 'Knee' }
  const rows = timelineOf({ ...nothing, revisions: [former] }, titleOf)
  expect(rows[0].note).toBe('by Knee, which the case had before; 1 accepted')
})

it('keeps the reason of a rejection whose review is not there, and of one deed alone', () => {
  const note = { structure: 'liver', kind: 'reject', text: 'cava', revision: 'a', author: 'kim' } as const
  const [early, late] = ['2026-01-01T10:00:00.000Z', '2026-01-01T11:00:00.000Z']
  const rows = timelineOf(
    {
      ...nothing,
      reviews: [{ structure: 'liver', status: 'rejected', revision: 'a', author: 'kim', at: late }],
      notes: [{ ...note, id: 1, at: early }],
    },
    titleOf,
  )
  expect(rows.map(({ title, note: said }) => [title, said])).toEqual([
    ['LIVER: rejected', 'cava'],
    ['LIVER: rejected', ''],
  ])
})

it('says where a revision is from, and what was verified in it', () => {
  expect(revisionTitle({ origin: 'import', model: null })).toBe('Imported labels')
  const statuses = { liver: 'accepted', spleen: 'accepted', aorta: 'rejected', stomach: 'unreviewed' } as const
  expect(statusNote(statuses)).toBe('2 accepted, 1 rejected')
})
