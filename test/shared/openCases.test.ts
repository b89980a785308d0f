import { describe, expect, it } from 'vitest'
import type { CaseRow } from '../../src/shared/contract'
import { openCases } from '../../src/shared/openCases'

const row = (id: string, changes: Partial<CaseRow> = {}): CaseRow => ({
  id,
  title: id,
  modality: 'CT',
  description: '',
  dims: [1, 1, 1],
  spacing: [1, 1, 1],
  importedAt: '',
  changedAt: '',
  revision: null,
  model: null,
  reader: null,
  schema: 'flare23',
  statuses: {},
  reviewedFor: ['liver', 'spleen'],
  warnings: [],
  role: 'work',
  ...changes,
})
const models = [{ schema: 'flare23', reference: 'abdomen@2', offered: ['liver', 'spleen'] }]
const found = (rows: readonly CaseRow[], again = false): [string[], number] => {
  const { cases, withoutModel } = openCases(rows, models, { again })
  return [cases.map(({ id }) => id), withoutModel]
}

describe('open cases', () => {
  it('are those without labels, and others only where asked for, after them', () => {
    const older = row('older', { revision: 'r', model: 'abdomen@1' })
    expect(found([older, row('bare')])).toEqual([['bare'], 0])
    expect(found([older, row('bare')], true)).toEqual([['bare', 'older'], 0])
  })

  it('are not those that this very version labelled', () => {
    expect(found([row('a', { revision: 'r', model: 'abdomen@2' })], true)).toEqual([[], 0])
  })

  it('have a structure that the model offers and nobody verified', () => {
    const labelled = { revision: 'r', model: 'abdomen@1' }
    const done = row('done', { ...labelled, statuses: { liver: 'accepted', spleen: 'absent' } })
    const half = row('half', { ...labelled, statuses: { liver: 'accepted', spleen: 'rejected', kidney: 'accepted' } })
    expect(found([done, half], true)).toEqual([['half'], 0])
  })

  it('are never held out', () => {
    expect(found([row('held', { role: 'hold-out' })], true)).toEqual([[], 0])
  })

  it('without labels are counted where no model labels by their schema', () => {
    const other = { schema: 'hippocampus' }
    const rows = [row('bare', other), row('labelled', { ...other, revision: 'r' }), row('a')]
    expect(found(rows, true)).toEqual([['a'], 1])
  })
})
