import type { CasePast, ReviewRow, RevisionRow } from './caseHistory'
import { reviewStatuses, type Statuses } from './labels/status'
import type { NoteRow } from './review'

/** What a time line can be looked through by. */
export const timelineKinds = ['labels', 'decisions', 'notes', 'readings', 'record'] as const
export type TimelineKind = (typeof timelineKinds)[number]

export const timelineKindTitles: Readonly<Record<TimelineKind, string>> = {
  labels: 'Labels',
  decisions: 'Decisions',
  notes: 'Comments and flags',
  readings: 'Second readings',
  record: 'Import, views, exports',
}

/** One line of a case's past. */
export interface TimelineRow {
  readonly key: string
  /** What it is first, and then also: a save may have decided something. */
  readonly kinds: readonly TimelineKind[]
  readonly title: string
  /** What was said, or what came of it; empty where there is nothing to add. */
  readonly note: string
  readonly who: string
  readonly at: string
  /** The labels that were made; null where none were. */
  readonly revision: RevisionRow | null
}

/** The structure's name as it is shown. */
type TitleOf = (structure: string) => string

/** Rows of one deed stand in the history within this time of each other. */
const ONE_DEED_MS = 1000

/** So many decisions of one save are named; more are counted. */
const NAMED = 6

/** All that happened to a case in the order of time, each thing once: a decision of a save with it, a reason with its decision. */
export function timelineOf(history: CasePast, titleOf: TitleOf): TimelineRow[] {
  const rows = [...eventRows(history), ...revisionRows(history, titleOf), ...decisionRows(history, titleOf)]
  return [...rows, ...noteRows(history, titleOf)].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
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

function revisionRows({ revisions, reviews, notes }: CasePast, titleOf: TitleOf): TimelineRow[] {
  return revisions.map((revision): TimelineRow => {
    const { id, author: who, createdAt: at, statuses, formerSchema } = revision
    const settled = notes.find((note) => note.kind === 'arbitration' && note.revision === id)
    const asked = notes.some((note) => note.kind === 'second-reading' && isMadeFor(revision, note, revisions))
    const title = settled ? 'Settled by an arbiter' : revisionTitle(revision)
    const said = reviews.filter((review) => isSavedWith(review, revision) && review.status !== 'unreviewed')
    const decided =
      said.length === 0 || said.length > NAMED
        ? statusNote(statuses)
        : said.map((review) => decisionWords(review, reasonOf(review, notes), titleOf)).join(', ')
    const about = [
      formerSchema === undefined ? '' : `by ${formerSchema}, which the case had before`,
      asked ? 'shown again for a second reading' : '',
      settled?.text ?? '',
      decided,
    ]
    const kinds: TimelineKind[] = [
      settled || asked ? 'readings' : 'labels',
      ...(said.length > 0 ? ['decisions' as const] : []),
    ]
    return { key: id, kinds, title, note: about.filter(Boolean).join('; '), who, at, revision }
  })
}

/** Whether labels were shown instead of a first reading's, which the note of the second one names. */
function isMadeFor(revision: RevisionRow, note: NoteRow, all: readonly RevisionRow[]): boolean {
  const made = all.filter(({ parent, origin, createdAt }) => {
    return parent === note.revision && origin !== 'reader' && createdAt <= note.at
  })
  return made.at(-1)?.id === revision.id
}

function isSavedWith({ revision, at }: ReviewRow, { id, createdAt }: RevisionRow): boolean {
  return revision === id && at === createdAt
}

function decisionRows({ revisions, reviews, notes }: CasePast, titleOf: TitleOf): TimelineRow[] {
  const reopenings = notes.filter(({ kind }) => kind === 'reopen')
  return reviews
    .filter((review) => !revisions.some((revision) => isSavedWith(review, revision)))
    .filter((review) => !reopenings.some((note) => isReopenedBy(review, note)))
    .map((review, n): TimelineRow => {
      const { structure, status, author: who, at } = review
      const note = reasonOf(review, notes) ?? ''
      const title = `${titleOf(structure)}: ${status}`
      return { key: `decision ${n}`, kinds: ['decisions'], title, note, who, at, revision: null }
    })
}

/** A case is opened again before it is said why. */
function isReopenedBy({ status, author, at }: ReviewRow, note: NoteRow): boolean {
  return status === 'unreviewed' && author === note.author && at <= note.at && isOneDeed(at, note.at)
}

function decisionWords({ structure, status }: ReviewRow, reason: string | null, titleOf: TitleOf): string {
  return `${titleOf(structure)} ${status}${reason === null ? '' : ` (${reason})`}`
}

/** Why a structure was rejected by a review; null where it was not, or nobody said. */
function reasonOf(review: ReviewRow, notes: readonly NoteRow[]): string | null {
  return review.status === 'rejected' ? (notes.find((note) => isReasonOf(note, review))?.text ?? null) : null
}

function isReasonOf(note: NoteRow, { structure, author, at }: ReviewRow): boolean {
  return note.kind === 'reject' && note.structure === structure && note.author === author && isOneDeed(at, note.at)
}

function isOneDeed(a: string, b: string): boolean {
  return Math.abs(Date.parse(a) - Date.parse(b)) < ONE_DEED_MS
}

function noteRows({ revisions, reviews, notes }: CasePast, titleOf: TitleOf): TimelineRow[] {
  return notes.flatMap((note): TimelineRow[] => {
    const { id, kind, structure, text, author: who, at, revision } = note
    const row = (of: TimelineKind, title: string): TimelineRow[] => {
      return [{ key: `note ${id}`, kinds: [of], title, note: text, who, at, revision: null }]
    }
    const on = structure === null ? '' : ` on ${titleOf(structure)}`
    switch (kind) {
      case 'comment':
        return row('notes', `Comment${on}`)
      case 'flag':
        return row('notes', `Flag${on}`)
      case 'unflag':
        return row('notes', `Flag${on} taken off`)
      case 'reject': {
        const isTold = reviews.some((review) => review.status === 'rejected' && isReasonOf(note, review))
        return isTold ? [] : row('decisions', `${titleOf(structure ?? '')}: rejected`)
      }
      case 'reopen': {
        const names = reviews.filter((review) => isReopenedBy(review, note)).map((review) => titleOf(review.structure))
        return row('decisions', `Opened again: ${names.join(', ') || 'the case'}`)
      }
      case 'second-reading':
        return row('readings', 'Second reading asked for')
      case 'arbitration':
        return revisions.some(({ id: made }) => made === revision) ? [] : row('readings', 'Settled by an arbiter')
    }
  })
}

/** What is told of a case by the audit alone, by action. */
const eventTitles: Readonly<Record<string, string>> = {
  import: 'Imported',
  view: 'Looked at',
  export: 'Exported',
  send: 'Sent to an archive',
  schema: 'Another schema',
  role: 'Use for models',
  delete: 'Deleted',
  restore: 'Brought back',
  purge: 'Removed from the trash',
}

export const timelineActions: readonly string[] = Object.keys(eventTitles)

/** Outcomes that say no more than the title. */
const plainOutcomes = new Set(['added', 'opened'])

function eventRows({ events }: CasePast): TimelineRow[] {
  return events.map(({ id, at, who, action, outcome }): TimelineRow => {
    const kind = action === 'schema' ? 'labels' : 'record'
    const note = plainOutcomes.has(outcome) ? '' : outcome
    return { key: `event ${id}`, kinds: [kind], title: eventTitles[action] ?? action, note, who, at, revision: null }
  })
}
