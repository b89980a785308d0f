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

/** How far the review of a case is. */
export function reviewProgress(row: CaseRow): { verified: number; all: number } {
  const statuses = Object.values(row.statuses)
  return { verified: statuses.filter(isVerified).length, all: statuses.length }
}

export function isReviewed(row: CaseRow): boolean {
  const { verified, all } = reviewProgress(row)
  return all > 0 && verified === all
}

const passes: Readonly<Record<CaseFilter, (row: CaseRow) => boolean>> = {
  all: () => true,
  'to-review': (row) => !isReviewed(row),
  reviewed: isReviewed,
  warnings: (row) => row.warnings.length > 0,
}

/** The rows that a filter and a search let through: every word must be in the title, description, model or reader. */
export function filteredCases(rows: readonly CaseRow[], filter: CaseFilter, search: string): readonly CaseRow[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  return rows.filter((row) => {
    const text = [row.title, row.description, row.modality, row.model ?? '', row.reader ?? ''].join(' ').toLowerCase()
    return passes[filter](row) && words.every((word) => text.includes(word))
  })
}

/** One tick of a case's status strip. */
export interface Tick {
  readonly structure: string
  readonly status: ReviewStatus
}

export function ticksOf(row: CaseRow): readonly Tick[] {
  return Object.entries(row.statuses).map(([structure, status]) => ({ structure, status }))
}
