import type { CaseEvent } from '../../shared/caseHistory'
import { timelineActions } from '../../shared/timeline'
import type { Library } from './library'
import { isBlind, readingsOf } from './readings'

/** The newest that are told; a case that is looked at for years has many. */
const MOST = 2000

/**
 * What the audit alone has of a case (where it came from, who looked at it, what was exported), oldest first. Who may read it a
 * second time does not see what its first readers did.
 */
export function visibleEvents(library: Library, caseId: string): CaseEvent[] {
  const events = library.database.all<CaseEvent>(
    `SELECT id, at, who, action, outcome FROM audit
     WHERE subject = ? AND action IN (SELECT value FROM json_each(?)) ORDER BY id DESC LIMIT ?`,
    caseId,
    JSON.stringify(timelineActions),
    MOST,
  )
  const readings = readingsOf(library, caseId)
  const hidden = readings && isBlind(readings, library.user) ? readings.first.readers : []
  return events.filter(({ who, action }) => action === 'import' || !hidden.includes(who)).reverse()
}
