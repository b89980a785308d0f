import type { CaseHistory, CasePast } from '../../shared/caseHistory'
import { timelineOf } from '../../shared/timeline'
import { caseEvents } from './caseEvents'
import { heldBackOf } from './heldBack'
import type { Library } from './library'
import { listReviews } from './reviews'
import { formerRevisions, listRevisions, revisionRow } from './revisions'
import { visibleHistory } from './secondReading'
import { librarySchema } from './structures'
import { allNotes, visibleNotes } from './visibleNotes'

/** All that happened to a case, oldest first, as far as the user may see it, and how much of it they may not. */
export function caseHistory(library: Library, caseId: string): CaseHistory {
  const visible = visibleHistory(library, caseId)
  const hidden = new Set(heldBackOf(library, caseId))
  const events = caseEvents(library, caseId)
  const seen: CasePast = {
    revisions: visible.revisions.map(revisionRow),
    reviews: visible.reviews,
    notes: visibleNotes(library, caseId),
    events: events.filter(({ id }) => !hidden.has(id)),
  }
  const heldBack: CasePast = {
    revisions: without(listRevisions(library, caseId).map(revisionRow), seen.revisions),
    reviews: without(listReviews(library, caseId), seen.reviews),
    notes: without(allNotes(library, caseId), seen.notes),
    events: without(events, seen.events),
  }
  const former = formerRevisions(library, caseId).map((stored) => {
    return { ...revisionRow(stored), formerSchema: librarySchema(library, stored.schema).title }
  })
  return {
    ...seen,
    revisions: [...former, ...seen.revisions].sort((a, b) => (a.id < b.id ? -1 : 1)),
    heldBack: timelineOf(heldBack, (name) => name).length,
  }
}

function without<Row>(all: readonly Row[], seen: readonly Row[]): Row[] {
  const known = new Set(seen.map((row) => JSON.stringify(row)))
  return all.filter((row) => !known.has(JSON.stringify(row)))
}
