import * as v from 'valibot'
import { MemberRole } from './review'

/** What a whole site looks at: who did what, with which models, and who may. */

/** How often structures were rejected for a reason; null where none is on record. */
export const ReasonTally = v.strictObject({ reason: v.nullable(v.string()), count: v.number() })
/** Said instead of a reason: Emend did not ask for one always. */
export const noReason = 'no reason on record'
export type ReasonTally = v.InferOutput<typeof ReasonTally>

const tally = {
  /** Cases of which something was said. */
  cases: v.number(),
  /** Structures of cases by what was said of them last. */
  accepted: v.number(),
  corrected: v.number(),
  absent: v.number(),
  rejected: v.number(),
  /** Why they were rejected, the most frequent first; together as many as `rejected`. */
  reasons: v.array(ReasonTally),
  /** Voxels that readers changed. */
  voxels: v.number(),
  /** Readers' time; null where none was measured. */
  seconds: v.nullable(v.number()),
  /** Mean DSC of a model's masks against the verified ones; null where there are none. */
  dsc: v.nullable(v.number()),
}
export const Tally = v.strictObject(tally)
export type Tally = v.InferOutput<typeof Tally>

export const StructureTally = v.strictObject({ structure: v.string(), ...tally })
export type StructureTally = v.InferOutput<typeof StructureTally>

/** What one reader did, or how readers found what one version of a model proposed. */
export const WorkRow = v.strictObject({ name: v.string(), ...tally, structures: v.array(StructureTally) })
export type WorkRow = v.InferOutput<typeof WorkRow>

export const SiteStatistics = v.strictObject({
  /** The busiest first. */
  readers: v.array(WorkRow),
  /** By name, the oldest version first. */
  models: v.array(WorkRow),
})
export type SiteStatistics = v.InferOutput<typeof SiteStatistics>

/** A label schema, as a site looks at it. */
export const SchemaRow = v.strictObject({
  name: v.string(),
  title: v.string(),
  structures: v.array(v.strictObject({ title: v.string(), color: v.string() })),
  cases: v.number(),
  /** Whether new cases get it and the next model is made for it. */
  inUse: v.boolean(),
  /** Whether it comes with Emend; else it is the site's own. */
  ships: v.boolean(),
})
export type SchemaRow = v.InferOutput<typeof SchemaRow>

/** From when on; null for all that there is. */
export const Since = v.strictObject({ since: v.nullable(v.pipe(v.string(), v.isoTimestamp())) })
export type Since = v.InferOutput<typeof Since>

export const AuditRow = v.strictObject({
  id: v.number(),
  at: v.string(),
  who: v.string(),
  action: v.string(),
  subject: v.nullable(v.string()),
  outcome: v.string(),
})
export type AuditRow = v.InferOutput<typeof AuditRow>

const Words = v.pipe(v.string(), v.maxLength(200))

/** Which entries of the audit; all of what is named must hold. */
export const AuditFilter = v.strictObject({
  /** Part of a case's id or title, or of what else it was done to. */
  subject: v.optional(Words),
  who: v.optional(Words),
  action: v.optional(Words),
  /** Part of it. */
  outcome: v.optional(Words),
})
export type AuditFilter = v.InferOutput<typeof AuditFilter>

export const AuditQuestion = v.strictObject({
  filter: AuditFilter,
  /** No entry newer than this one, so that pages keep their places; null for the newest. */
  upTo: v.nullable(v.number()),
  offset: v.pipe(v.number(), v.integer(), v.minValue(0)),
  limit: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(500)),
})
export type AuditQuestion = v.InferOutput<typeof AuditQuestion>

export const AuditPage = v.strictObject({
  /** The newest first. */
  entries: v.array(AuditRow),
  /** How many fit the filter. */
  total: v.number(),
  upTo: v.number(),
  /** Entries of the whole audit, whatever the filter, that the user may not see yet: they tell of the first of two readings. */
  heldBack: v.number(),
})
export type AuditPage = v.InferOutput<typeof AuditPage>

export const AuditNames = v.strictObject({ users: v.array(v.string()), actions: v.array(v.string()) })
export type AuditNames = v.InferOutput<typeof AuditNames>

export const ChainCheck = v.strictObject({
  /** Entries that were looked at. */
  entries: v.number(),
  /** The first that was altered, or follows one that was removed, or is missing at the end (`at` is null); null where the chain is whole. */
  broken: v.nullable(v.strictObject({ id: v.number(), at: v.nullable(v.string()) })),
})
export type ChainCheck = v.InferOutput<typeof ChainCheck>

export const Members = v.strictObject({
  user: v.string(),
  /** The user's own; null where roles are off. */
  role: v.nullable(MemberRole),
  /** None where roles are off. */
  members: v.array(v.strictObject({ name: v.string(), role: MemberRole })),
})
export type Members = v.InferOutput<typeof Members>

export const MemberName = v.pipe(v.string(), v.trim(), v.minLength(1, 'a name is needed'), v.maxLength(100))

/** What a watched folder brings by itself. */
export const Intake = v.strictObject({
  /** null where none is watched. */
  folder: v.nullable(v.string()),
  state: v.picklist(['off', 'watching', 'unreachable']),
  /** Why it cannot be reached; null where it can. */
  reason: v.nullable(v.string()),
  /** What has not stopped changing yet, or waits its turn. */
  waiting: v.number(),
  /** What was taken in so far, from this folder or those before it. */
  taken: v.number(),
  /** What could not be taken in, each once, the newest first. */
  faults: v.array(v.strictObject({ name: v.string(), reason: v.string(), at: v.string() })),
})
export type Intake = v.InferOutput<typeof Intake>

/** What goes with a case that is deleted. */
export const Removal = v.strictObject({
  caseId: v.string(),
  title: v.string(),
  revisions: v.number(),
  verified: v.number(),
  notes: v.number(),
  bytes: v.number(),
  /** Why it cannot be deleted now, in one line; null where it can. */
  obstacle: v.nullable(v.string()),
})
export type Removal = v.InferOutput<typeof Removal>

/** A case that was deleted, and can come back. */
export const RemovedCase = v.strictObject({
  id: v.string(),
  title: v.string(),
  removedAt: v.string(),
  removedBy: v.string(),
})
export type RemovedCase = v.InferOutput<typeof RemovedCase>

/** What lies in the trash: what would go for good if it were emptied. */
export const TrashContents = v.strictObject({
  cases: v.number(),
  bytes: v.number(),
  /** Only what was deleted up to this moment. */
  upTo: v.string(),
  /** Why it cannot be emptied, in one line; null where it can. */
  obstacle: v.nullable(v.string()),
})
export type TrashContents = v.InferOutput<typeof TrashContents>

/** What went when the trash was emptied. */
export const Emptied = v.strictObject({
  cases: v.number(),
  bytes: v.number(),
  /** Cases whose files were in use: they go when the library is opened next. */
  later: v.number(),
})
export type Emptied = v.InferOutput<typeof Emptied>
