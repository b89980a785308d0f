import type { CaseHistory, RevisionRow } from '../../shared/contract'
import type { Structure } from '../../shared/labels/schema'
import type { Statuses } from '../../shared/labels/status'
import { reviewStatuses } from '../../shared/labels/status'
import { statusTitles } from './structures'

/** One line of what the library knows of a case's past. */
export interface PastRow {
  readonly key: string
  readonly title: string
  /** Statuses of a revision, in one line. */
  readonly note: string
  readonly who: string
  readonly at: string
  /** Null for a decision alone. */
  readonly revision: RevisionRow | null
}

/** Revisions and the decisions between them, oldest first. What was decided by saving a revision is told by its note. */
export function pastRows({ revisions, reviews }: CaseHistory, structures: readonly Structure[]): PastRow[] {
  const titles = new Map(structures.map(({ name, title }) => [name, title]))
  const saved = new Set(revisions.map(({ id, createdAt }) => `${id} ${createdAt}`))
  const decisions = reviews
    .filter(({ revision, at }) => !saved.has(`${revision} ${at}`))
    .map(({ structure, status, author, at }, n): PastRow => {
      const title = `${titles.get(structure) ?? structure}: ${statusTitles[status].toLowerCase()}`
      return { key: `decision ${n}`, title, note: '', who: author, at, revision: null }
    })
  const versions = revisions.map((revision): PastRow => {
    const { id, author, createdAt, statuses } = revision
    const by = revision.formerSchema === undefined ? '' : `by ${revision.formerSchema}, which the case had before`
    const note = [by, statusNote(statuses)].filter(Boolean).join('; ')
    return { key: id, title: revisionTitle(revision), note, who: author, at: createdAt, revision }
  })
  return [...versions, ...decisions].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
}

export function revisionTitle({ origin, model }: Pick<RevisionRow, 'origin' | 'model'>): string {
  if (origin === 'model') return `Segmentation by ${model ?? 'a model'}`
  if (origin === 'import') return 'Imported labels'
  return origin === 'fusion' ? 'Fused labels' : 'Saved edits'
}

/** '3 accepted, 1 corrected'; empty where nothing was reviewed. */
export function statusNote(statuses: Statuses): string {
  const all = Object.values(statuses)
  return reviewStatuses
    .filter((status) => status !== 'unreviewed')
    .map((status) => [all.filter((s) => s === status).length, status] as const)
    .filter(([n]) => n > 0)
    .map(([n, status]) => `${n} ${status}`)
    .join(', ')
}
