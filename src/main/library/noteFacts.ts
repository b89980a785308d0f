import type { CaseFacts, NoteKind } from '../../shared/review'
import type { Library } from './library'
import { isBlind, type Readings } from './readings'
import { visibleNotes } from './visibleNotes'

/** What the notes of a case say in the worklist. */
export type NoteFacts = Pick<CaseFacts, 'flagged' | 'comments' | 'reading'>

export const noNotes: NoteFacts = { flagged: false, comments: 0, reading: null }

/**
 * By case id, only those that have notes: of one case, or of all. Of a case that the user may read a second time, only what
 * `visibleNotes` are.
 * @param readings those that are not settled
 */
export function noteFacts(
  library: Library,
  readings: ReadonlyMap<string, Readings>,
  caseId?: string,
): ReadonlyMap<string, NoteFacts> {
  const [where, values] = caseId === undefined ? ['', []] : ['AND case_id = ?', [caseId]]
  const facts = new Map<string, NoteFacts>()
  const change = (id: string, next: Partial<NoteFacts>): void =>
    void facts.set(id, { ...(facts.get(id) ?? noNotes), ...next })
  const comments = library.database.all<{ case_id: string; count: number }>(
    `SELECT case_id, count(*) AS count FROM notes WHERE kind = 'comment' ${where} GROUP BY case_id`,
    ...values,
  )
  for (const { case_id, count } of comments) change(case_id, { comments: count })
  const marks = library.database.all<{ case_id: string; kind: NoteKind }>(
    `SELECT case_id, kind FROM notes WHERE kind IN ('flag', 'unflag') ${where}
       AND (revision IS NULL OR revision NOT IN (SELECT id FROM purged_revisions)) ORDER BY id`,
    ...values,
  )
  for (const { case_id, kind } of marks) change(case_id, { flagged: kind === 'flag' })
  for (const [id, open] of readings) {
    change(id, { reading: open.second ? 'arbitrate' : 'second' })
    if (!isBlind(open, library.user)) continue
    const notes = visibleNotes(library, id)
    const last = notes.findLast(({ kind }) => kind === 'flag' || kind === 'unflag')
    change(id, { comments: notes.filter(({ kind }) => kind === 'comment').length, flagged: last?.kind === 'flag' })
  }
  return facts
}
