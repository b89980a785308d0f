import * as v from 'valibot'
import { SeriesReference } from '../../shared/archive'
import { CareTask } from '../../shared/care'
import { CaseChoice, LearningSteps, PassedOver, ProgressRow } from '../../shared/jobs'
import { devices } from '../graph/session'
import { OpenServer } from '../pacs/servers'

/** What crosses between the window's process and a job process: plain data, checked on arrival at both ends. */

/** An item of the watched folder, as the library will know it again (`library/intake.ts`). */
export const WatchedItem = v.strictObject({ name: v.string(), item: v.string(), key: v.string() })
export type WatchedItem = v.InferOutput<typeof WatchedItem>

/** What a job process can do. `sample` adds the built-in sample study; the window shows it as an import. */
export const Task = v.variant('kind', [
  v.strictObject({
    kind: v.literal('import'),
    paths: v.array(v.string()),
    deidentify: v.optional(v.boolean()),
    /** Whether a data set's labels count as verified; else they are for review. */
    verified: v.optional(v.boolean()),
    /** Where it came by itself: the watched folder, and which of its items the paths are. */
    watched: v.optional(v.strictObject({ folder: v.string(), items: v.array(WatchedItem) })),
  }),
  v.strictObject({ kind: v.literal('sample') }),
  v.strictObject({ kind: v.literal('segment'), caseId: v.string() }),
  v.strictObject({ kind: v.literal('segment-cases'), choice: CaseChoice }),
  v.strictObject({ kind: v.literal('learn'), steps: LearningSteps }),
  v.strictObject({ kind: v.literal('fetch'), from: OpenServer, series: v.array(SeriesReference) }),
  v.strictObject({ kind: v.literal('send'), to: OpenServer, caseId: v.string() }),
  v.strictObject({ kind: v.literal('care'), care: CareTask }),
])
export type Task = v.InferOutput<typeof Task>

/** As `graph/devices.ts` reports it. */
export const ProbedDevice = v.strictObject({
  device: v.picklist(devices),
  works: v.boolean(),
  reason: v.nullable(v.string()),
  msPerStep: v.nullable(v.number()),
})

export const ToJobProcess = v.variant('type', [
  v.strictObject({
    type: v.literal('run'),
    jobId: v.string(),
    task: Task,
    /** The library's folder; the process opens it as a guest. */
    library: v.string(),
    user: v.string(),
    devices: v.array(ProbedDevice),
  }),
  v.strictObject({ type: v.literal('cancel'), jobId: v.string() }),
  v.strictObject({ type: v.literal('probe'), device: v.picklist(devices) }),
])
export type ToJobProcess = v.InferOutput<typeof ToJobProcess>

export const FromJobProcess = v.variant('type', [
  v.strictObject({ type: v.literal('progress'), jobId: v.string(), progress: ProgressRow }),
  /** The job changed the library; the window should look again. */
  v.strictObject({ type: v.literal('changed'), caseIds: v.array(v.string()), models: v.boolean() }),
  /** A case that the job could not deal with, and goes on without. */
  v.strictObject({ type: v.literal('passed-over'), jobId: v.string(), passed: PassedOver }),
  v.strictObject({ type: v.literal('done'), jobId: v.string(), outcome: v.string() }),
  v.strictObject({ type: v.literal('failed'), jobId: v.string(), reason: v.string(), cancelled: v.boolean() }),
  v.strictObject({ type: v.literal('probed'), report: ProbedDevice }),
])
export type FromJobProcess = v.InferOutput<typeof FromJobProcess>
