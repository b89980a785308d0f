import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCaseQuery, searchCases } from '../../src/shared/caseQuery'
import type { CaseRow } from '../../src/shared/contract'

const structuresOf = (): string[] => ['liver', 'spleen', 'aorta']

function row(change: Partial<CaseRow> & { id: string }): CaseRow {
  return {
    title: `Abdomen ${change.id}`,
    modality: 'CT',
    description: 'Leber und Milz, größer',
    dims: [1, 1, 1],
    spacing: [1, 1, 1],
    importedAt: '2026-01-01T00:00:00.000Z',
    changedAt: '2026-01-15T10:00:00.000Z',
    revision: 'r',
    model: 'flare@3',
    reader: 'Anna',
    schema: 'flare23',
    statuses: {},
    reviewedFor: ['liver', 'spleen'],
    warnings: [],
    role: 'work',
    facts: { doubt: null, disagreement: null, score: null, flagged: false, comments: 0, reading: null },
    ...change,
  }
}

const facts = row({ id: 'x' }).facts!
const rows = [
  row({ id: 'a1', statuses: { liver: 'corrected', spleen: 'accepted' }, facts: { ...facts, score: 0.7, doubt: 0.4 } }),
  row({ id: 'b2', statuses: { liver: 'rejected' }, reader: 'bert', facts: { ...facts, score: 0.95, flagged: true } }),
  row({ id: 'c3', model: null, revision: null, reader: null, changedAt: '2026-03-01T00:00:00.000Z', role: 'hold-out' }),
  row({
    id: 'd4',
    model: 'flare@31',
    warnings: ['tilted'],
    reviewedFor: ['liver', 'spleen', 'aorta'],
    facts: { ...facts, comments: 2, reading: 'arbitrate' },
  }),
]
const found = (text: string): string =>
  searchCases(rows, text, structuresOf)
    .map(({ id }) => id[0])
    .join('')

describe('a search of the worklist', () => {
  it.each([
    ['', 'abcd'],
    ['abdomen GRÖSSER', ''],
    ['abdomen GRÖßER', 'abcd'],
    ['"leber und"', 'abcd'],
    ['"und leber"', ''],
    ['anna', 'ad'],
    ['liver:corrected', 'a'],
    ['liver:unreviewed', 'cd'],
    ['status:rejected', 'b'],
    ['open:spleen', 'bcd'],
    ['open:liver', 'cd'],
    ['open:aorta', 'd'],
    ['aorta:unreviewed', 'abcd'],
    ['status:unreviewed', 'bcd'],
    ['reader:ANNA', 'ad'],
    ['model:flare', 'abd'],
    ['model:flare@3', 'ab'],
    ['role:hold-out', 'c'],
    ['after:2026-02', 'c'],
    ['before:2026-02-01', 'abd'],
    ['score<0.8', 'a'],
    ['score>0.8', 'b'],
    ['score<0.7', ''],
    ['score<=0.7', 'a'],
    ['score>0.95', ''],
    ['score>=0.95', 'b'],
    ['-score>0.8', 'acd'],
    ['doubt>0.1 liver:corrected', 'a'],
    ['is:reviewed', 'a'],
    ['is:open -is:unsegmented', 'bd'],
    ['is:flagged', 'b'],
    ['is:warning', 'd'],
    ['is:commented', 'd'],
    ['is:arbitrate', 'd'],
  ])('%s finds %s', (text, ids) => {
    expect(found(text)).toBe(ids)
  })

  it('says what it did not understand, and lets it pass', () => {
    expect(parseCaseQuery('is:green status:done after:soon liver', structuresOf).faults).toHaveLength(3)
    expect(found('is:green')).toBe('abcd')
  })

  it('takes any text, and a minus before a word finds the rest', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 30 }), (text) => {
        expect(searchCases(rows, text, structuresOf).length).toBeLessThanOrEqual(rows.length)
      }),
    )
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9]{1,4}$/), (word) => {
        expect(found(word).length + found(`-${word}`).length).toBe(rows.length)
      }),
    )
  })
})
