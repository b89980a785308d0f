import { describe, expect, it } from 'vitest'
import { stretchInSight } from '../../../src/renderer/design/stretch'
import {
  filteredCases,
  modelsInUse,
  reviewProgress,
  ticksOf,
  withRows,
} from '../../../src/renderer/worklist/worklistView'
import type { CaseRow, ModelRow } from '../../../src/shared/contract'

const structuresOf = (): readonly string[] => ['liver', 'spleen', 'pancreas']

function row(id: string, change: Partial<CaseRow> = {}): CaseRow {
  return {
    id,
    title: id,
    modality: 'CT',
    description: '',
    dims: [10, 10, 10],
    spacing: [1, 1, 1],
    importedAt: '2026-01-01T00:00:00Z',
    changedAt: '2026-01-01T00:00:00Z',
    revision: null,
    model: null,
    reader: null,
    schema: 'flare23',
    statuses: {},
    reviewedFor: ['liver', 'spleen', 'pancreas'],
    warnings: [],
    role: 'work',
    ...change,
  }
}

const done = { liver: 'accepted', spleen: 'corrected', pancreas: 'absent' } as const
const rows = [
  row('Anna', { description: 'Portal phase', statuses: done }),
  row('Berta', { statuses: { liver: 'accepted' }, reader: 'Dr. Okafor' }),
  row('Clara', { warnings: ['uneven spacing'], reviewedFor: ['liver', 'spleen'], statuses: { liver: 'rejected' } }),
  row('Dora', { reviewedFor: ['liver', 'spleen'], statuses: { liver: 'rejected', spleen: 'accepted' } }),
]
const ids = (found: readonly CaseRow[]): string[] => found.map(({ id }) => id)

describe('the worklist', () => {
  it('has a tick for every structure that a case is reviewed for, also those that nobody looked at', () => {
    const ticks = ticksOf(rows[1])
    expect(ticks.map(({ status }) => status)).toEqual(['accepted', 'unreviewed', 'unreviewed'])
    expect(reviewProgress(ticks)).toEqual({ verified: 1, all: 3 })
    expect(reviewProgress(ticksOf(rows[3]))).toEqual({ verified: 1, all: 2 })
  })

  it('filters by what is left to do: what was rejected waits for a model', () => {
    expect(ids(filteredCases(rows, structuresOf, 'all', ''))).toEqual(['Anna', 'Berta', 'Clara', 'Dora'])
    expect(ids(filteredCases(rows, structuresOf, 'reviewed', ''))).toEqual(['Anna', 'Dora'])
    expect(ids(filteredCases(rows, structuresOf, 'to-review', ''))).toEqual(['Berta', 'Clara'])
    expect(ids(filteredCases(rows, structuresOf, 'warnings', ''))).toEqual(['Clara'])
  })

  it('finds every typed word, wherever it stands', () => {
    expect(ids(filteredCases(rows, structuresOf, 'all', 'portal ann'))).toEqual(['Anna'])
    expect(ids(filteredCases(rows, structuresOf, 'all', 'OKAFOR'))).toEqual(['Berta'])
    expect(filteredCases(rows, structuresOf, 'all', 'nobody')).toEqual([])
  })
})

describe('a long worklist', () => {
  it('has only the rows in sight in the page, and some beyond', () => {
    expect(stretchInSight(5000, 0, 640, 64)).toEqual({ from: 0, to: 18 })
    expect(stretchInSight(5000, 64_000, 640, 64)).toEqual({ from: 992, to: 1018 })
    expect(stretchInSight(5000, 319_360, 640, 64).to).toBe(5000)
    expect(stretchInSight(3, 0, 640, 64)).toEqual({ from: 0, to: 3 })
    // The list became short under a scrolled frame.
    expect(stretchInSight(2, 64_000, 640, 64)).toEqual({ from: 0, to: 2 })
  })

  it('drops what was asked for and is gone', () => {
    const [first, ...others] = rows
    expect(withRows(rows, [], [first.id])).toEqual(others)
  })

  it('takes in changed rows in their places and new ones by their import', () => {
    const next = withRows(rows, [row('Berta', { reader: 'me' })])
    expect(next[1].reader).toBe('me')
    expect(next[0]).toBe(rows[0])
    expect(ids(withRows(rows, [row('Zoe', { importedAt: '2026-02-01T00:00:00Z' })]))[0]).toBe('Zoe')
  })
})

describe('the models that label new cases', () => {
  it('are those in use, with the structures that the schema has, and no background', () => {
    const model = (version: number, more: Partial<ModelRow> = {}): ModelRow => ({
      name: 'abdomen',
      version,
      title: 'Abdomen',
      schema: 'flare23',
      parent: null,
      createdAt: '',
      state: 'available',
      verdict: null,
      channels: ['background', 'liver', 'pancreas', 'tail'],
      holdOut: null,
      scores: null,
      parentScores: null,
      ...more,
    })
    expect(modelsInUse([model(1), model(2, { inUse: true }), model(3)], structuresOf)).toEqual([
      { schema: 'flare23', reference: 'abdomen@2', offered: ['liver', 'pancreas'] },
    ])
  })
})
