import type { CaseRow } from '../../shared/contract'
import { isVerified, type ReviewStatus } from '../../shared/labels/status'

export const caseFilters = ['all', 'to-review', 'reviewed', 'warnings'] as const
export type CaseFilter = (typeof caseFilters)[number]

export const caseFilterTitles: Readonly<Record<CaseFilter, string>> = {
  all: 'All',
  'to-review': 'To review',
  reviewed: 'Reviewed',
  warnings: 'Warnings',
}

/** The structures that a case is reviewed for, by the name of its schema. */
export type StructuresOf = (schema: string) => readonly string[]

/** One tick of a case's status strip. */
export interface Tick {
  readonly structure: string
  readonly status: ReviewStatus
}

/** Every structure's status, in the schema's order; what nobody looked at is unreviewed. */
export function ticksOf(row: CaseRow, structuresOf: StructuresOf): readonly Tick[] {
  return structuresOf(row.schema).map((structure) => ({ structure, status: row.statuses[structure] ?? 'unreviewed' }))
}

/** How far the review of a case is. */
export function reviewProgress(ticks: readonly Tick[]): { verified: number; all: number } {
  return { verified: ticks.filter(({ status }) => isVerified(status)).length, all: ticks.length }
}

export function isReviewed(ticks: readonly Tick[]): boolean {
  return ticks.length > 0 && ticks.every(({ status }) => isVerified(status))
}

const passes: Readonly<Record<CaseFilter, (row: CaseRow, ticks: readonly Tick[]) => boolean>> = {
  all: () => true,
  'to-review': (_row, ticks) => !isReviewed(ticks),
  reviewed: (_row, ticks) => isReviewed(ticks),
  warnings: (row) => row.warnings.length > 0,
}

/** The rows that a filter and a search let through: every word must be in the title, description, model or reader. */
export function filteredCases(
  rows: readonly CaseRow[],
  structuresOf: StructuresOf,
  filter: CaseFilter,
  search: string,
): readonly CaseRow[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  return rows.filter((row) => {
    const text = [row.title, row.description, row.modality, row.model ?? '', row.reader ?? ''].join(' ').toLowerCase()
    return passes[filter](row, ticksOf(row, structuresOf)) && words.every((word) => text.includes(word))
  })
}
