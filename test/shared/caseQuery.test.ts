import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
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
  row({
    id: 'a1',
    readers: ['Anna', 'Dr. Zoë Maier'],
    studyDate: '2025-12-30',
    importedAt: '2026-01-20T23:30:00.000Z',
    statuses: { liver: 'corrected', spleen: 'accepted' },
    facts: { ...facts, score: 0.7, doubt: 0.4 },
  }),
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
    ['reader:maier', 'a'],
    ['zoë', 'a'],
    ['-reader:anna', 'bc'],
    ['imported-after:2026-01-20', 'a'],
    ['imported-before:2026-01-20', 'bcd'],
    ['study-after:2025-12', 'a'],
    ['study-before:2025-12-30', ''],
    ['study-before:2026', 'a'],
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

  it("takes days as the machine's own clock has them, wherever it stands", () => {
    const zone = process.env.TZ
    onTestFinished(() => {
      if (zone === undefined) delete process.env.TZ
      else process.env.TZ = zone
    })
    // 23:30 of the 20th in Greenwich is the 21st in Auckland; a day of an examination is the same everywhere.
    process.env.TZ = 'Pacific/Auckland'
    expect(found('imported-after:2026-01-21')).toBe('a')
    expect(found('study-after:2025-12-31')).toBe('')
    process.env.TZ = 'America/New_York'
    expect(found('imported-after:2026-01-21')).toBe('')
    expect(found('after:2026-02-28 before:2026-03-01')).toBe('c')
  })

  it('knows the days that there are', () => {
    const faults = (text: string): readonly string[] => parseCaseQuery(text, structuresOf).faults
    expect(faults('after:2024-02-29 study-before:2026-12')).toEqual([])
    expect(faults('study-after:2026-02-30')).toEqual([
      'study-after:2026-02-30: a date is written 2026-01-31, 2026-01 or 2026',
    ])
    expect(faults('imported-before:2026-13')).toHaveLength(1)
  })
})
