import { searchCases, type StructuresOf } from '../../shared/caseQuery'
import type { CaseRow, ModelRow } from '../../shared/contract'
import { isReviewed } from '../../shared/labels/reviewed'
import { isVerified, type ReviewStatus } from '../../shared/labels/status'
import type { ModelInUse } from '../../shared/openCases'

export const caseFilters = ['all', 'to-review', 'reviewed', 'warnings'] as const
export type CaseFilter = (typeof caseFilters)[number]

export const caseFilterTitles: Readonly<Record<CaseFilter, string>> = {
  all: 'All',
  'to-review': 'To review',
  reviewed: 'Reviewed',
  warnings: 'Warnings',
}

/** One tick of a case's status strip. */
export interface Tick {
  readonly structure: string
  readonly status: ReviewStatus
}

/** The status of every structure that a case is reviewed for, in the schema's order; what nobody looked at is unreviewed. */
export function ticksOf({ reviewedFor, statuses }: CaseRow): readonly Tick[] {
  return reviewedFor.map((structure) => ({ structure, status: statuses[structure] ?? 'unreviewed' }))
}

/** How far the review of a case is. */
export function reviewProgress(ticks: readonly Tick[]): { verified: number; all: number } {
  return { verified: ticks.filter(({ status }) => isVerified(status)).length, all: ticks.length }
}

const passes: Readonly<Record<CaseFilter, (row: CaseRow) => boolean>> = {
  all: () => true,
  'to-review': (row) => !isReviewed(row),
  reviewed: isReviewed,
  warnings: (row) => row.warnings.length > 0,
}

/** The rows that a filter and a search (`parseCaseQuery`) let through. */
export function filteredCases(
  rows: readonly CaseRow[],
  structuresOf: StructuresOf,
  filter: CaseFilter,
  search: string,
): readonly CaseRow[] {
  const found = searchCases(rows, search, structuresOf)
  return filter === 'all' ? found : found.filter(passes[filter])
}

/**
 * The worklist with some rows anew: known ones in their places, others by their import, the newest first.
 * @param asked ids of what was asked for; those that did not come are gone
 */
export function withRows(
  rows: readonly CaseRow[],
  changed: readonly CaseRow[],
  asked: readonly string[] = [],
): readonly CaseRow[] {
  const next = new Map(changed.map((row) => [row.id, row]))
  const gone = new Set(asked.filter((id) => !next.has(id)))
  const there = gone.size === 0 ? rows : rows.filter(({ id }) => !gone.has(id))
  const kept = there.map((row) => {
    const now = next.get(row.id)
    next.delete(row.id)
    return now ?? row
  })
  if (next.size === 0) return kept
  return [...next.values(), ...kept].sort(
    (a, b) => b.importedAt.localeCompare(a.importedAt) || a.id.localeCompare(b.id),
  )
}

/** A model as it would label the cases of its schema if it were in use. */
export function labelling(model: ModelRow, structuresOf: StructuresOf): ModelInUse {
  const { schema, name, version, channels } = model
  const structures = structuresOf(schema)
  return { schema, reference: `${name}@${version}`, offered: channels.filter((one) => structures.includes(one)) }
}

/** The models that label new cases, one for each schema that has one. */
export function modelsInUse(models: readonly ModelRow[], structuresOf: StructuresOf): ModelInUse[] {
  return models.filter(({ inUse }) => inUse).map((model) => labelling(model, structuresOf))
}
