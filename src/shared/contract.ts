import * as v from 'valibot'
import { ListedSeries, Page, SeriesReference, ServerDraft, ServerList, StudyPage, StudyQuery, Uid } from './archive'
import { LibraryState } from './care'
import { CaseHistory, RevisionRow } from './caseHistory'
import { exportFormatNames } from './exportFormats'
import { StructureLook } from './labels/looks'
import { LabelSchema } from './labels/schema'
import { NewSchema, NewStructure } from './labels/siteStructures'
import { reviewStatuses } from './labels/status'
import { JobRequest, JobRow, ProgressRow } from './jobs'
import { Margin, Margins } from './margins'
import { ModelName, ModelStory, RunCurves } from './modelCard'
import { Reading, RelatedCase } from './reading'
import { CaseFacts, ComparedReadings, MemberRole, NextCase, NoteRow, Strategy, StructureSeconds } from './review'
import {
  AuditFilter,
  AuditNames,
  AuditPage,
  AuditQuestion,
  ChainCheck,
  Intake,
  MemberName,
  Members,
  Removal,
  RemovedCase,
  SchemaRow,
  Since,
  SiteStatistics,
  TrashContents,
  Emptied,
} from './site'
import { TrainingExample } from './trainingExample'
import { UserSettings } from './userSettings'

/** The one contract between the window and the main process: every request, every event, with schemas. */

const Triple = v.strictTuple([v.number(), v.number(), v.number()])
const Row = v.strictTuple([v.number(), v.number(), v.number(), v.number()])
const Status = v.picklist(reviewStatuses)
const Moment = v.pipe(v.string(), v.isoTimestamp())
/** Why something was done, for whoever reads it later. */
const Reason = v.pipe(v.string(), v.trim(), v.minLength(1, 'a reason is needed'), v.maxLength(1000))

export const AppInfo = v.strictObject({
  version: v.string(),
  user: v.string(),
  libraryPath: v.string(),
  electron: v.string(),
  /** Said in the window where it is false: only root on Linux runs without. */
  sandboxed: v.boolean(),
})
export type AppInfo = v.InferOutput<typeof AppInfo>

/** One row of the worklist. */
export const CaseRow = v.strictObject({
  id: v.string(),
  title: v.string(),
  modality: v.string(),
  description: v.string(),
  dims: Triple,
  spacing: Triple,
  importedAt: v.string(),
  changedAt: v.string(),
  /** The current label revision, none before the first segmentation. */
  revision: v.nullable(v.string()),
  /** 'name@version' that made the current labels' pseudo-labels. */
  model: v.nullable(v.string()),
  reader: v.nullable(v.string()),
  /** Everybody who decided or saved anything in it. */
  readers: v.optional(v.array(v.string())),
  /** When the study was made, 'YYYY-MM-DD'; null where that is not known. */
  studyDate: v.optional(v.nullable(v.string())),
  schema: v.string(),
  statuses: v.record(v.string(), Status),
  /** The structures that it is reviewed for, verified or not (`reviewedStructures`). */
  reviewedFor: v.array(v.string()),
  warnings: v.array(v.string()),
  role: v.picklist(['work', 'hold-out']),
  facts: v.optional(CaseFacts),
})
export type CaseRow = v.InferOutput<typeof CaseRow>

/** What the viewer needs to open a case; voxels come over `emend://library/cases/<id>/image` and `.../labels/<revision>`. */
export const CaseDetail = v.strictObject({
  row: CaseRow,
  /** Canonical RAS grid of image and labels, voxel to RAS mm. */
  affine: v.strictTuple([Row, Row, Row]),
  schema: LabelSchema,
  revisions: v.array(RevisionRow),
  /** What the model offers that labelled it, else the one in use for its schema; null where the schema has none. */
  offered: v.nullable(v.array(v.string())),
  /** What the model looked for that labelled it: of these, what has no voxels was not found. */
  sought: v.array(v.string()),
})
export type CaseDetail = v.InferOutput<typeof CaseDetail>

/** Means over a hold-out, by structure name. */
const ModelScores = v.record(
  v.string(),
  v.strictObject({ dsc: v.nullable(v.number()), nsd: v.nullable(v.number()), cases: v.number() }),
)

export const ModelRow = v.strictObject({
  name: v.string(),
  version: v.number(),
  title: v.string(),
  /** The name of the schema that it labels by. */
  schema: v.string(),
  parent: v.nullable(v.string()),
  createdAt: v.string(),
  /** 'current' is what new segmentations use; 'kept-out' was trained but scored worse than its parent. */
  state: v.picklist(['current', 'available', 'kept-out']),
  /** One line that says why the gate promoted it or kept it out. */
  verdict: v.nullable(v.string()),
  channels: v.array(v.string()),
  /** What it was scored on; null where it never was. */
  holdOut: v.nullable(v.string()),
  scores: v.nullable(ModelScores),
  /** Its parent's on the same cases; null where that is not known. */
  parentScores: v.nullable(ModelScores),
  /** New segmentations by its schema use it, whether that is the library's own schema or not. */
  inUse: v.optional(v.boolean()),
  /** It was in use before the current one, and would be again after a rollback. */
  before: v.optional(v.boolean()),
  /** Each turn of the cycle trains it on, and distils it into the model in use. */
  teaches: v.optional(v.boolean()),
})
export type ModelRow = v.InferOutput<typeof ModelRow>

/** What one learning run would use, shown before it starts. */
export const LearningPlan = v.strictObject({
  /** How many cases are verified and not held out; the run learns from `cases` of them. */
  verified: v.number(),
  cases: v.array(v.strictObject({ id: v.string(), title: v.string(), verified: v.array(v.string()) })),
  holdOut: v.array(v.string()),
  model: v.nullable(v.string()),
  /** The larger model that is trained on first and distilled into it; null where it is trained on itself. */
  teacher: v.nullable(v.string()),
  /** Those that could be. */
  teachers: v.array(v.string()),
  steps: v.number(),
  /** Why a run cannot start, in one line; null where it can. */
  obstacle: v.nullable(v.string()),
})
export type LearningPlan = v.InferOutput<typeof LearningPlan>

export const ExportFormat = v.picklist(exportFormatNames)
export type ExportFormat = v.InferOutput<typeof ExportFormat>

/** 'HH:MM', the machine's own time. */
export const TimeOfDay = v.pipe(v.string(), v.regex(/^([01]\d|2[0-3]):[0-5]\d$/))

/** What holds for a whole library. */
export const LibrarySettings = v.strictObject({
  /** Every import is de-identified. */
  deidentify: v.boolean(),
  /** The library learns by itself then, every day; null where it does not. Left out, it stays as it is. */
  learnAt: v.optional(v.nullable(TimeOfDay)),
  /** What comes from the watched folder is segmented as it comes; and what is imported or fetched otherwise. Left out as above. */
  segmentWatched: v.optional(v.boolean()),
  segmentImported: v.optional(v.boolean()),
})
export type LibrarySettings = v.InferOutput<typeof LibrarySettings>

/** Requests from the window, by channel: what goes in, what comes back. */
export const requests = {
  'app:info': { input: v.undefined(), output: AppInfo },
  'cases:list': { input: v.undefined(), output: v.array(CaseRow) },
  /** The rows of some cases: what an event named. */
  'cases:rows': { input: v.strictObject({ caseIds: v.array(v.string()) }), output: v.array(CaseRow) },
  'cases:detail': { input: v.strictObject({ caseId: v.string() }), output: CaseDetail },
  'cases:history': { input: v.strictObject({ caseId: v.string() }), output: CaseHistory },
  /** Opens the system's file dialog; an empty list where the user cancelled. */
  'cases:choose': { input: v.strictObject({ what: v.picklist(['files', 'folder']) }), output: v.array(v.string()) },
  'review:set-status': {
    input: v.strictObject({
      caseId: v.string(),
      structure: v.string(),
      status: Status,
      /** Needed to reject; null where the reader went back to a state in which it was rejected. */
      reason: v.optional(v.nullable(Reason)),
      seconds: v.optional(StructureSeconds),
    }),
    output: CaseRow,
  },
  /** Reasons to reject a mask that are one key away: the reader's own last ones first. */
  'review:reject-reasons': { input: v.undefined(), output: v.array(v.string()) },
  /** Names and colours structures, for all cases of the library that have this one's schema. */
  'labels:set-looks': {
    input: v.strictObject({ caseId: v.string(), looks: v.record(v.string(), StructureLook) }),
    output: v.undefined(),
  },
  /** Adds a structure to this case's schema, for the whole library; its name in files comes back. */
  'labels:add-structure': {
    input: v.strictObject({ caseId: v.string(), structure: NewStructure }),
    output: v.string(),
  },
  'review:next': {
    /** `not` are cases to pass over. */
    input: v.strictObject({ strategy: Strategy, not: v.optional(v.array(v.string())) }),
    output: v.nullable(NextCase),
  },
  'review:notes': { input: v.strictObject({ caseId: v.string() }), output: v.array(NoteRow) },
  'review:note': {
    input: v.strictObject({
      caseId: v.string(),
      structure: v.nullable(v.string()),
      kind: v.picklist(['comment', 'flag', 'unflag']),
      text: v.pipe(v.string(), v.maxLength(4000)),
    }),
    output: CaseRow,
  },
  'review:reject': {
    input: v.strictObject({ caseId: v.string(), structure: v.string(), reason: Reason }),
    output: CaseRow,
  },
  'review:reopen': { input: v.strictObject({ caseId: v.string(), reason: Reason }), output: CaseRow },
  'review:second-reading': { input: v.strictObject({ caseId: v.string(), reason: Reason }), output: CaseRow },
  'review:compare': { input: v.strictObject({ caseId: v.string() }), output: ComparedReadings },
  /** Settles two readings: whose mask holds, by structure; the first reader's where none is named. */
  'review:arbitrate': {
    input: v.strictObject({
      caseId: v.string(),
      picks: v.record(v.string(), v.picklist(['first', 'second'])),
      reason: Reason,
    }),
    output: CaseRow,
  },
  'site:statistics': { input: Since, output: SiteStatistics },
  /** Asks where to save; null where the user cancelled, else the file written. So do the other tables. */
  'site:export-statistics': { input: Since, output: v.nullable(v.string()) },
  'audit:page': { input: AuditQuestion, output: AuditPage },
  'audit:names': { input: v.undefined(), output: AuditNames },
  'audit:check': { input: v.undefined(), output: ChainCheck },
  'audit:export': { input: v.strictObject({ filter: AuditFilter }), output: v.nullable(v.string()) },
  'members:list': { input: v.undefined(), output: Members },
  /** Gives a role, or takes it away: null. */
  'members:set': { input: v.strictObject({ name: MemberName, role: v.nullable(MemberRole) }), output: Members },
  'members:off': { input: v.undefined(), output: Members },
  'intake:get': { input: v.undefined(), output: Intake },
  /** Asks for the folder that is watched from now on; null where the user cancelled. */
  'intake:choose': { input: v.undefined(), output: v.nullable(Intake) },
  'intake:stop': { input: v.undefined(), output: Intake },
  /** Tries again what could not be taken in. */
  'intake:retry': { input: v.undefined(), output: Intake },
  /** What a reader noted of a case besides its labels: measurements, alignments. */
  'reading:get': { input: v.strictObject({ caseId: v.string() }), output: Reading },
  'reading:set': {
    input: v.strictObject({
      caseId: v.string(),
      reading: Reading,
      /** Ids of measurements that the user took away. What is in neither list stays: the user may not have seen it. */
      removed: v.array(v.string()),
    }),
    output: v.undefined(),
  },
  /** Every other case, and what it has in common with this one; those of the same patient first. */
  'cases:related': { input: v.strictObject({ caseId: v.string() }), output: v.array(RelatedCase) },
  /** Label schemas: those that ship and the site's own, which can be made. */
  'schemas:list': { input: v.undefined(), output: v.array(SchemaRow) },
  'schemas:make': { input: NewSchema, output: v.array(SchemaRow) },
  'schemas:use': { input: v.strictObject({ schema: v.string() }), output: v.array(SchemaRow) },
  /** Has a case that has no labels yet labelled by another schema. */
  'schemas:assign': { input: v.strictObject({ caseId: v.string(), schema: v.string() }), output: CaseRow },
  /** What would go with a case. */
  'cases:removal': { input: v.strictObject({ caseId: v.string() }), output: Removal },
  /** Deletes a case: its files go to the library's trash. */
  'cases:remove': { input: v.strictObject({ caseId: v.string() }), output: v.undefined() },
  'cases:removed': { input: v.undefined(), output: v.array(RemovedCase) },
  'cases:restore': { input: v.strictObject({ caseId: v.string() }), output: CaseRow },
  /** What emptying the trash would take: all that lies there now, or what was deleted up to a moment. */
  'trash:contents': { input: v.strictObject({ upTo: v.nullable(Moment) }), output: TrashContents },
  /** Removes the files of cases that were deleted up to a moment, for good. */
  'trash:empty': { input: v.strictObject({ upTo: Moment }), output: Emptied },
  'models:list': { input: v.undefined(), output: v.array(ModelRow) },
  /** Makes a version current; one that was kept out takes a reason. */
  'models:use': {
    input: v.strictObject({ name: v.string(), version: v.number(), reason: v.optional(v.string()) }),
    output: v.array(ModelRow),
  },
  /** The model that each turn of the cycle trains on first and distils into the one in use; null for none. */
  'models:teach': {
    input: v.strictObject({ teacher: v.nullable(v.strictObject({ name: v.string(), version: v.number() })) }),
    output: v.array(ModelRow),
  },
  /** Back to the model that was in use before. */
  'models:rollback': { input: v.undefined(), output: v.array(ModelRow) },
  /** What a model came from and how its training went; null where that is not known. */
  'models:card': {
    input: v.strictObject({ name: ModelName, version: v.number() }),
    output: ModelStory,
  },
  /** Asks for a model's folder and takes it in, without using it yet; null where the user cancelled. */
  'models:add': { input: v.undefined(), output: v.nullable(v.array(ModelRow)) },
  'learning:plan': { input: v.undefined(), output: LearningPlan },
  /** How far structures may fall before a new model is kept out. */
  'learning:margins': { input: v.undefined(), output: Margins },
  /** Sets one of them, or takes it back: null. */
  'learning:set-margin': {
    input: v.strictObject({ structure: v.string(), margin: v.nullable(Margin) }),
    output: Margins,
  },
  /** A slice of the run under way, with what the network makes of it; null where there is none yet. */
  'learning:example': { input: v.undefined(), output: v.nullable(TrainingExample) },
  /** The curves of the run under way, as far as they are written; null where there are none yet. */
  'learning:curves': { input: v.undefined(), output: v.nullable(RunCurves) },
  'settings:get': { input: v.undefined(), output: LibrarySettings },
  'settings:set': { input: LibrarySettings, output: LibrarySettings },
  /** What this user set, and what is wrong with the file that holds it, line by line. */
  'user-settings:get': {
    input: v.undefined(),
    output: v.strictObject({ settings: UserSettings, faults: v.array(v.string()) }),
  },
  'user-settings:set': { input: UserSettings, output: v.undefined() },
  'library:state': { input: v.undefined(), output: LibraryState },
  'library:verify': { input: v.undefined(), output: JobRow },
  /** Asks for the folder of a backup where files are to come back from one; null where the user cancelled. */
  'library:repair': { input: v.strictObject({ fromBackup: v.boolean() }), output: v.nullable(JobRow) },
  /** These ask for the folder; null where the user cancelled. */
  'library:back-up': { input: v.undefined(), output: v.nullable(JobRow) },
  'library:export-set': {
    input: v.strictObject({ caseIds: v.pipe(v.array(v.string()), v.minLength(1)) }),
    output: v.nullable(JobRow),
  },
  'library:import-set': { input: v.strictObject({ verified: v.boolean() }), output: v.nullable(JobRow) },
  /** Asks for the folder, and starts anew with the library in it; false where the user cancelled. */
  'library:open': { input: v.undefined(), output: v.boolean() },
  /** Asks where to, moves the library there and starts anew with it; false where the user cancelled. */
  'library:move': { input: v.undefined(), output: v.boolean() },
  'library:stop-moving': { input: v.undefined(), output: v.undefined() },
  'jobs:list': { input: v.undefined(), output: v.array(JobRow) },
  'jobs:start': { input: JobRequest, output: JobRow },
  'jobs:cancel': { input: v.strictObject({ jobId: v.string() }), output: JobRow },
  /** Asks where to save; null where the user cancelled, else the file written. */
  'labels:export': {
    input: v.strictObject({ caseId: v.string(), format: ExportFormat }),
    output: v.nullable(v.string()),
  },
  'pacs:servers': { input: v.undefined(), output: ServerList },
  'pacs:save-server': { input: ServerDraft, output: ServerList },
  'pacs:remove-server': { input: v.strictObject({ serverId: v.string() }), output: ServerList },
  /** Tries a server as it would be once saved: one line where it answers, a failure's line where it does not. */
  'pacs:test-server': { input: ServerDraft, output: v.string() },
  'pacs:search': {
    input: v.strictObject({ serverId: v.string(), query: StudyQuery, page: Page }),
    output: StudyPage,
  },
  'pacs:series': { input: v.strictObject({ serverId: v.string(), studyUid: Uid }), output: v.array(ListedSeries) },
  /** Starts a job that fetches series and imports them. */
  'pacs:fetch': {
    input: v.strictObject({ serverId: v.string(), series: v.pipe(v.array(SeriesReference), v.minLength(1)) }),
    output: JobRow,
  },
  /** Starts a job that stores a case's current labels as a DICOM SEG. */
  'pacs:send': { input: v.strictObject({ serverId: v.string(), caseId: v.string() }), output: JobRow },
  /** Shows a file that Emend wrote in the system's file manager. */
  'app:reveal': { input: v.strictObject({ path: v.string() }), output: v.undefined() },
} as const

export type Requests = typeof requests
export type Channel = keyof Requests
export type Input<C extends Channel> = v.InferInput<Requests[C]['input']>
export type Output<C extends Channel> = v.InferOutput<Requests[C]['output']>

/** What the main process tells the window unasked. */
export const events = {
  'job:changed': JobRow,
  'cases:changed': v.strictObject({ caseIds: v.array(v.string()) }),
  'models:changed': v.undefined(),
  'intake:changed': Intake,
  'library:moving': ProgressRow,
} as const
export type Events = typeof events
export type EventName = keyof Events
export type EventPayload<E extends EventName> = v.InferOutput<Events[E]>

/** A request's answer as it crosses the process boundary: a failure is a line and a hint, never a stack. */
export type Reply =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly message: string; readonly hint?: string }

/**
 * Voxels over the app's own scheme:
 *   GET  emend://library/cases/<id>/image               int16 little-endian HU, RAS order, i fastest
 *   GET  emend://library/cases/<id>/labels/<revision>   uint8, same grid
 *   GET  emend://library/cases/<id>/uncertainty/<revision>   as `encodeUncertainty` writes it; 204 where none was kept
 *   POST emend://library/cases/<id>/labels?parent=<revision>&statuses=<JSON>[&reasons=<JSON>][&seconds=<JSON>]
 *        uint8 body -> RevisionRow as JSON
 * and the window itself lies at emend://app/index.html.
 */
export const SCHEME = 'emend'

/**
 * Images and labels also come as the gzipped files that they are in the library, which takes a fraction of the time:
 *   GET  emend-packed://library/cases/<id>/image
 *   GET  emend-packed://library/cases/<id>/labels/<revision>
 * A header says where the voxels begin once unpacked. Where a file cannot be had so, `emend://` reads it, or says why not.
 */
export const PACKED_SCHEME = 'emend-packed'
export const VOXELS_BEGIN = 'Emend-Voxels-Begin'
