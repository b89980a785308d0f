import { isVerified, verifiedStructures, type ReviewStatus, type Statuses } from '../../shared/labels/status'
import type { Library } from './library'
import { BY_HAND } from './reviews'

/**
 * One of the two readings of a case: what its readers said of each structure, and the labels that they said it of,
 * whoever made these. Who only accepts has read a case as well as who draws in it.
 */
export interface Reading {
  /** Whose word or hand is in it; none where nobody read. */
  readonly readers: readonly string[]
  readonly revision: string
  readonly statuses: Statuses
}

export interface Readings {
  readonly first: Reading
  /** null while `open` has something, or nobody but the first readers did anything. */
  readonly second: Reading | null
  /** What is verified in the first reading and not yet decided in the second. */
  readonly open: readonly string[]
}

/** The readings of a case of which a second reading was asked for and not settled; null where there is none. */
export function readingsOf(library: Library, caseId: string): Readings | null {
  const asked = secondReadings(library, caseId).get(caseId)
  return asked === undefined ? null : readingsAround(library, caseId, asked)
}

/** The readings of all cases, or of one, of which a second reading was asked for and not settled; by case. */
export function openReadings(library: Library, caseId?: string): ReadonlyMap<string, Readings> {
  const asked = [...secondReadings(library, caseId)]
  return new Map(asked.map(([id, revision]) => [id, readingsAround(library, id, revision)]))
}

/**
 * Whether a user may not see the first reading: all but its readers, until a second one is complete, since any of them may be
 * the one who reads.
 */
export function isBlind({ first, second }: Readings, user: string): boolean {
  return second === null && !first.readers.includes(user)
}

/** The cases whose first reading the library's user may not see. */
export function blindCases(library: Library): string[] {
  return [...openReadings(library)].filter(([, readings]) => isBlind(readings, library.user)).map(([id]) => id)
}

/** By case the revision that a second reading was asked for at, of those not settled: of one case, or of all. */
function secondReadings({ database }: Library, caseId?: string): ReadonlyMap<string, string> {
  const [where, values] = caseId === undefined ? ['', []] : ['AND case_id = ?', [caseId]]
  const notes = database.all<{ case_id: string; kind: string; revision: string | null }>(
    `SELECT case_id, kind, revision FROM notes WHERE kind IN ('second-reading', 'arbitration') ${where}
       AND (revision IS NULL OR revision NOT IN (SELECT id FROM purged_revisions)) ORDER BY id`,
    ...values,
  )
  const asked = new Map<string, string>()
  for (const { case_id, kind, revision } of notes) {
    if (kind === 'arbitration') asked.delete(case_id)
    else if (revision !== null) asked.set(case_id, revision)
  }
  return asked
}

interface Said {
  readonly structure: string
  readonly status: ReviewStatus
  /** What it was said of; null before the case had labels. */
  readonly revision: string | null
  readonly author: string
  /** 1 where the author decided it, 0 where it came about otherwise. */
  readonly byHand: 0 | 1
}

/** What readers made of a case up to a revision, and what others made of it since. */
export function readingsAround({ database }: Library, caseId: string, asked: string): Readings {
  const said = database.all<Said>(
    `SELECT structure, status, revision, reviews.author AS author, ${BY_HAND} AS byHand
     FROM reviews LEFT JOIN revisions ON revisions.id = reviews.revision WHERE reviews.case_id = ? ORDER BY reviews.id`,
    caseId,
  )
  const saves = database.all<{ revision: string; author: string }>(
    `SELECT id AS revision, author FROM revisions WHERE case_id = ? AND origin = 'reader'
       AND id NOT IN (SELECT revision FROM former_labels) ORDER BY id`,
    caseId,
  )
  const isSince = ({ revision }: { revision: string | null }): boolean => revision !== null && revision > asked

  const before = said.filter((one) => !isSince(one))
  const verdicts = [...new Map(before.map((one) => [one.structure, one])).values()]
  const lastSave = saves.filter((one) => !isSince(one)).at(-1)
  const first: Reading = {
    readers: namesIn([
      ...verdicts.filter(({ byHand, status }) => byHand === 1 && isVerified(status)),
      ...(lastSave ? [lastSave] : []),
    ]),
    revision: asked,
    statuses: statusesOf(before),
  }

  const byOthers = <One extends { author: string; revision: string | null }>(rows: readonly One[]): One[] =>
    rows.filter((one) => isSince(one) && !first.readers.includes(one.author))
  const words = byOthers(said).filter(({ byHand, status }) => byHand === 1 || status === 'unreviewed')
  const statuses = statusesOf(words)
  const open = verifiedStructures(first.statuses).filter((name) => (statuses[name] ?? 'unreviewed') === 'unreviewed')
  const work = [...words.filter(({ byHand }) => byHand === 1), ...byOthers(saves)]
  const revision = work.map((one) => one.revision ?? '').reduce((last, id) => (id > last ? id : last), '')
  const second = open.length > 0 || work.length === 0 ? null : { readers: namesIn(work), revision, statuses }
  return { first, second, open }
}

/** When the readers of a first reading set to work on the case; empty where they never did. */
export function beginningOf({ database }: Library, caseId: string, { readers }: Reading): string {
  const row = database.get<{ at: string | null }>(
    `SELECT min(at) AS at FROM (
       SELECT author, at FROM reviews WHERE case_id = ?
       UNION ALL SELECT author, created_at FROM revisions WHERE case_id = ? AND origin = 'reader')
     WHERE author IN (SELECT value FROM json_each(?))`,
    caseId,
    caseId,
    JSON.stringify(readers),
  )
  return row?.at ?? ''
}

/** Who decided or saved anything in a case by hand, by case id: of one case, or of all. */
export function readersOf({ database }: Library, caseId?: string): ReadonlyMap<string, readonly string[]> {
  const [where, values] = caseId === undefined ? ['', []] : ['AND case_id = ?', [caseId]]
  // Of an author's reviews of a case the first by hand is enough, so that not each is looked at.
  const rows = database.tuples<[string, string]>(
    ['case_id', 'author'],
    `SELECT case_id, author FROM (SELECT DISTINCT case_id, author FROM reviews WHERE true ${where}) AS said
       WHERE EXISTS (SELECT 1 FROM reviews LEFT JOIN revisions ON revisions.id = reviews.revision
                     WHERE reviews.case_id = said.case_id AND reviews.author = said.author AND ${BY_HAND})
     UNION SELECT case_id, author FROM revisions WHERE origin = 'reader' ${where}`,
    ...values,
    ...values,
  )
  const readers = new Map<string, string[]>()
  for (const [id, author] of rows) {
    const known = readers.get(id)
    if (known) known.push(author)
    else readers.set(id, [author])
  }
  return readers
}

/** By structure what was said last. */
function statusesOf(said: readonly Said[]): Statuses {
  return Object.fromEntries(said.map(({ structure, status }) => [structure, status]))
}

function namesIn(work: readonly { readonly author: string }[]): string[] {
  return [...new Set(work.map(({ author }) => author))]
}
