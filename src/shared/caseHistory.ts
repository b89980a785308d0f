import * as v from 'valibot'
import { reviewStatuses } from './labels/status'
import { NoteRow } from './review'

/** What a library knows of a case's past. */

const Status = v.picklist(reviewStatuses)

export const RevisionRow = v.strictObject({
  id: v.string(),
  parent: v.nullable(v.string()),
  author: v.string(),
  origin: v.picklist(['model', 'reader', 'import', 'fusion']),
  model: v.nullable(v.string()),
  createdAt: v.string(),
  statuses: v.record(v.string(), Status),
  /** The title of the schema that it is by, where the case has another now: it is history, and no more. */
  formerSchema: v.optional(v.string()),
})
export type RevisionRow = v.InferOutput<typeof RevisionRow>

/** What a reader, an import or a model said of one structure; `revision` is the one that it was said of. */
export const ReviewRow = v.strictObject({
  structure: v.string(),
  status: Status,
  revision: v.nullable(v.string()),
  author: v.string(),
  at: v.string(),
})
export type ReviewRow = v.InferOutput<typeof ReviewRow>

/** What was done with a case beside its labels, by the audit's words. */
export const CaseEvent = v.strictObject({
  id: v.number(),
  at: v.string(),
  who: v.string(),
  action: v.string(),
  outcome: v.string(),
})
export type CaseEvent = v.InferOutput<typeof CaseEvent>

/** Everything that happened to a case, as far as the user may see it, each list oldest first (`timelineOf` joins them). */
export const CaseHistory = v.strictObject({
  revisions: v.array(RevisionRow),
  reviews: v.array(ReviewRow),
  notes: v.array(NoteRow),
  events: v.array(CaseEvent),
  /** Lines of the time line that the user may not see yet: they tell of the first of two readings. */
  heldBack: v.number(),
})
export type CaseHistory = v.InferOutput<typeof CaseHistory>
export type CasePast = Omit<CaseHistory, 'heldBack'>
