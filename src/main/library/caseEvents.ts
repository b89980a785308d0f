import type { CaseEvent } from '../../shared/caseHistory'
import { timelineActions } from '../../shared/timeline'
import type { Library } from './library'

/** The newest that are told; a case that is looked at for years has many. */
const MOST = 2000

/** What the audit alone has of a case (where it came from, who looked at it, what was exported), oldest first. */
export function caseEvents(library: Library, caseId: string): CaseEvent[] {
  return library.database
    .all<CaseEvent>(
      `SELECT id, at, who, action, outcome FROM audit
       WHERE subject = ? AND action IN (SELECT value FROM json_each(?)) ORDER BY id DESC LIMIT ?`,
      caseId,
      JSON.stringify(timelineActions),
      MOST,
    )
    .reverse()
}
