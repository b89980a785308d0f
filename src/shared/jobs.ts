import * as v from 'valibot'

/** Long work, which runs in a process of its own: what it is asked for, and how it stands. */

export const ProgressRow = v.strictObject({
  phase: v.string(),
  done: v.number(),
  total: v.number(),
  secondsLeft: v.optional(v.number()),
  device: v.optional(v.string()),
  memoryBytes: v.optional(v.number()),
  figures: v.optional(v.record(v.string(), v.number())),
})

/** A case that a job passed over, and why in one line that names it. */
export const PassedOver = v.strictObject({ caseId: v.string(), line: v.string() })
export type PassedOver = v.InferOutput<typeof PassedOver>

export const jobKinds = ['import', 'segment', 'segment-cases', 'learn', 'fetch', 'send', 'care'] as const
export const JobRow = v.strictObject({
  id: v.string(),
  kind: v.picklist(jobKinds),
  title: v.string(),
  caseId: v.nullable(v.string()),
  state: v.picklist(['queued', 'running', 'done', 'failed', 'cancelled']),
  progress: v.nullable(ProgressRow),
  /** One line: what came out, or why it failed. */
  outcome: v.nullable(v.string()),
  /** What it could not do and went on without; known while the window's library is open, and not kept longer. */
  passedOver: v.optional(v.array(PassedOver)),
  startedAt: v.string(),
  finishedAt: v.nullable(v.string()),
})
export type JobRow = v.InferOutput<typeof JobRow>

/** Steps of training; as many as the model's recipe says where left out. */
export const LearningSteps = v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1_000_000)))

/** Which cases a model in use is to label (`openCases`); it goes on where it was when it is asked for again. */
export const CaseChoice = v.strictObject({
  /** All of the library where left out. */
  caseIds: v.optional(v.array(v.string())),
  /** Only those that are labelled by this one. */
  schema: v.optional(v.string()),
  /** Also those that another version labelled; else only those without labels. */
  again: v.boolean(),
})
export type CaseChoice = v.InferOutput<typeof CaseChoice>

export const JobRequest = v.variant('kind', [
  v.strictObject({
    kind: v.literal('import'),
    paths: v.pipe(v.array(v.string()), v.minLength(1)),
    /** Without the patient, whatever the library's setting says. */
    deidentify: v.optional(v.boolean()),
  }),
  v.strictObject({ kind: v.literal('segment'), caseId: v.string() }),
  v.strictObject({ kind: v.literal('segment-cases'), choice: CaseChoice }),
  v.strictObject({ kind: v.literal('learn'), steps: LearningSteps }),
])
export type JobRequest = v.InferOutput<typeof JobRequest>
