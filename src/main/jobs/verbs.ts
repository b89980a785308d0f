import type { PassedOver } from '../../shared/jobs'
import type { Work } from '../../shared/progress'
import type { DeviceReport } from '../graph/devices'
import type { Library } from '../library/library'
import { careForLibrary } from './care'
import { fetchIntoLibrary } from './fetching'
import { importImages } from './importing'
import { learnAndApply } from './learning'
import type { Task } from './messages'
import { addSample } from './sample'
import { segmentCase } from './segmenting'
import { segmentOpenCases } from './segmentingCases'
import { sendLabels } from './sending'
import { importWatched } from './watchedImport'

/** What a job gets besides its task. */
export interface JobContext {
  readonly library: Library
  readonly work: Work
  /** What a probe found on this machine; empty where none was made. */
  readonly devices: readonly DeviceReport[]
  /** Says that cases (or models) in the library changed, while the job goes on. */
  readonly changed: (caseIds: readonly string[], models?: boolean) => void
  /** Hears of each case that the job goes on without. */
  readonly passedOver?: (passed: PassedOver) => void
}

type TaskOf<K extends Task['kind']> = Extract<Task, { kind: K }>

/** What each kind of job does; it resolves with one line that says what came out. */
const verbs: { readonly [K in Task['kind']]: (task: TaskOf<K>, context: JobContext) => Promise<string> } = {
  import: ({ paths, deidentify, verified, watched }, context) =>
    watched
      ? importWatched(paths, watched, context, deidentify)
      : importImages(paths, context, { withoutIdentity: deidentify, verified }),
  sample: (_task, context) => addSample(context),
  learn: ({ steps }, context) => learnAndApply(context, steps === undefined ? {} : { steps }),
  segment: ({ caseId }, context) => segmentCase(caseId, context),
  'segment-cases': ({ choice }, context) => segmentOpenCases(choice, context),
  fetch: ({ series, from }, context) => fetchIntoLibrary(series, from, context),
  send: ({ caseId, to }, context) => sendLabels(caseId, to, context),
  care: ({ care }, context) => careForLibrary(care, context),
}

/** Runs a task in this process. @throws EmendError where it fails by the user's data; the signal's reason if cancelled. */
export function runTask<K extends Task['kind']>(task: TaskOf<K>, context: JobContext): Promise<string> {
  const verb: (task: TaskOf<K>, context: JobContext) => Promise<string> = verbs[task.kind as K]
  return verb(task, context)
}
