import type { CaseFacts, NoteKind } from '../../shared/review'
import type { Library } from './library'

/** What the notes of a case say in the worklist. */
export type NoteFacts = Pick<CaseFacts, 'flagged' | 'comments' | 'reading'>

export const noNotes: NoteFacts = { flagged: false, comments: 0, reading: null }

/** By case id, only those that have notes: of one case, or of all. */
export function noteFacts(library: Library, caseId?: string): ReadonlyMap<string, NoteFacts> {
  const [where, values] = caseId === undefined ? ['', []] : ['AND case_id = ?', [caseId]]
  const facts = new Map<string, NoteFacts>()
  const change = (id: string, next: Partial<NoteFacts>): void =>
    void facts.set(id, { ...(facts.get(id) ?? noNotes), ...next })
  const comments = library.database.all<{ case_id: string; count: number }>(
    `SELECT case_id, count(*) AS count FROM notes WHERE kind = 'comment' ${where} GROUP BY case_id`,
    ...values,
  )
  for (const { case_id, count } of comments) change(case_id, { comments: count })
  const marks = library.database.all<{ case_id: string; kind: NoteKind; revision: string | null }>(
    `SELECT case_id, kind, revision FROM notes
     WHERE kind IN ('flag', 'unflag', 'second-reading', 'arbitration') ${where}
       AND (revision IS NULL OR revision NOT IN (SELECT id FROM purged_revisions)) ORDER BY id`,
    ...values,
  )
  for (const { case_id, kind, revision } of marks) {
    if (kind === 'flag' || kind === 'unflag') change(case_id, { flagged: kind === 'flag' })
    else if (kind === 'arbitration') change(case_id, { reading: null })
    else if (revision !== null) change(case_id, { reading: readingState(library, case_id, revision) })
  }
  return facts
}

/** Whether another reader than the first has saved labels since a second reading was asked for. */
function readingState(library: Library, caseId: string, first: string): 'second' | 'arbitrate' {
  const second = library.database.get(
    `SELECT id FROM revisions WHERE case_id = ? AND id > ? AND origin = 'reader'
       AND author <> (SELECT author FROM revisions WHERE id = ?) LIMIT 1`,
    caseId,
    first,
    first,
  )
  return second ? 'arbitrate' : 'second'
}
