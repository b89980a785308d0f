import { setImmediate } from 'node:timers/promises'
import type { CaseRow } from '../../shared/contract'
import { count } from '../../shared/count'
import { EmendError, oneLine } from '../../shared/errors'
import type { CaseChoice } from '../../shared/jobs'
import { openCases } from '../../shared/openCases'
import type { Work } from '../../shared/progress'
import { isDiskFault } from '../imaging/atomicFile'
import { WorkingTime } from '../learning/workingTime'
import { listCases, listCasesNamed } from '../library/cases'
import { hasUnsavedEdits } from '../library/journal'
import type { Library } from '../library/library'
import { currentModel, modelReference, modelsInUse } from '../library/models'
import { UnsavedEditsError } from '../library/revisions'
import { labelCase, openSegmenter, type Segmenter } from './segmenting'
import type { JobContext } from './verbs'

/** What came of segmenting many cases. */
export interface SegmentedCases {
  /** How many there were to label, and how many were. */
  readonly open: number
  readonly labelled: number
  /** Left alone for edits that are not saved. */
  readonly unsaved: number
  /** Left out, since no model labels by their schema. */
  readonly withoutModel: number
  /** Models that could not be opened and cases that could not be labelled: what and why, one line each. */
  readonly failures: readonly string[]
}

/** So many failures are told one by one. */
const TOLD = 3

/**
 * Has the models in use label cases that nobody asked for one by one, each by the model of its schema: those without labels
 * first, then, where wanted, those that another version labelled. What is verified stays, and so do cases with unsaved
 * edits. A case that cannot be labelled is passed over. It waits while a reader edits, and stops at the next case when it is
 * cancelled; whoever asks again goes on there, since what is labelled is left out.
 *
 * @throws EmendError where the disk takes no labels any more
 */
export async function segmentCases(context: JobContext, choice: CaseChoice): Promise<SegmentedCases> {
  const { library, work, changed } = context
  const { cases, withoutModel } = openNow(library, choice)
  const segmenters = new Segmenters(context)
  const pace = new Pace(cases)
  let [labelled, unsaved] = [0, 0]
  const failures: string[] = []
  const passOver = (row: CaseRow, why: string): string => {
    const line = `${row.title}: ${why}`
    context.passedOver?.({ caseId: row.id, line })
    return line
  }
  try {
    for (const [done, { id }] of cases.entries()) {
      work.report({ phase: 'segmenting', done, total: cases.length, secondsLeft: pace.secondsLeft })
      // So that a message to cancel is heard between two cases.
      await setImmediate()
      await pace.giveWay(work)
      if (work.signal.aborted) break
      // Somebody may have labelled, verified or deleted it meanwhile.
      const [row] = openNow(library, { ...choice, caseIds: [id] }).cases
      if (!row) pace.passed(cases[done])
      else if (hasUnsavedEdits(library, id)) {
        unsaved += 1
        pace.passed(row)
      } else {
        try {
          const segmenter = await segmenters.of(row.schema)
          if (segmenter) {
            const quiet: Work = { report: () => undefined, signal: work.signal }
            await labelCase(library, id, segmenter, quiet, { unasked: true })
            labelled += 1
            pace.labelled(row)
            changed([id])
          } else {
            pace.passed(row)
            // The model is named once, among the failures.
            passOver(row, 'its model cannot be opened')
          }
        } catch (error) {
          if (isDiskFault(error)) throw error
          pace.passed(row)
          if (error instanceof UnsavedEditsError) unsaved += 1
          else if (!work.signal.aborted) failures.push(passOver(row, oneLine(error)))
        }
      }
    }
  } finally {
    await segmenters.close()
  }
  return { open: cases.length, labelled, unsaved, withoutModel, failures: [...segmenters.failures, ...failures] }
}

/** As a job of its own. @returns what came out, in one line @throws EmendError where there were cases and none could be labelled */
export async function segmentOpenCases(choice: CaseChoice, context: JobContext): Promise<string> {
  const came = await segmentCases(context, choice)
  context.work.signal.throwIfAborted()
  const line = describeSegmented(came)
  if (came.labelled === 0 && came.failures.length > 0) throw new EmendError(line)
  return line
}

/** In one line: '11 of 12 open cases segmented; Abdomen · 3f2a: the file … is damaged'. */
export function describeSegmented({ open, labelled, unsaved, withoutModel, failures }: SegmentedCases): string {
  const parts = [open === 0 ? 'no open case to segment' : `${labelled} of ${count(open, 'open case')} segmented`]
  if (unsaved > 0) parts.push(`${unsaved} left alone for unsaved edits`)
  if (withoutModel > 0) parts.push(`${withoutModel} left out: no model labels by their schema`)
  const told = failures.slice(0, TOLD)
  if (failures.length > TOLD) told.push(`${failures.length - TOLD} more could not be segmented`)
  return [parts.join(', '), ...told].join('; ')
}

function openNow(library: Library, { caseIds, schema, again }: CaseChoice): ReturnType<typeof openCases> {
  const rows = caseIds ? listCasesNamed(library, caseIds) : listCases(library)
  const wanted = schema === undefined ? rows : rows.filter((row) => row.schema === schema)
  return openCases(wanted, modelsInUse(library), { again })
}

/** The networks of the models in use, each opened when the first case needs it. */
class Segmenters {
  private readonly opened = new Map<string, Segmenter>()
  /** By the model that cannot be opened: that is tried once, not for each case. */
  private readonly refused = new Map<string, string>()

  constructor(private readonly context: JobContext) {}

  /** @returns null where the model cannot be opened */
  async of(schema: string): Promise<Segmenter | null> {
    const current = currentModel(this.context.library, schema)
    const reference = current ? modelReference(current) : schema
    if (this.refused.has(reference)) return null
    const known = this.opened.get(schema)
    if (known?.reference === reference) return known
    // Another version was put to use meanwhile.
    this.opened.delete(schema)
    await known?.network.close()
    try {
      const segmenter = await openSegmenter(this.context, schema)
      this.opened.set(schema, segmenter)
      return segmenter
    } catch (error) {
      this.refused.set(reference, oneLine(error))
      return null
    }
  }

  get failures(): string[] {
    return [...this.refused].map(([reference, reason]) => `${reference}: ${reason}`)
  }

  async close(): Promise<void> {
    for (const { network } of this.opened.values()) await network.close()
  }
}

/** How long the rest takes, by the voxels of the cases: those that were labelled tell. */
class Pace {
  private readonly time = new WorkingTime(performance.now(), 0)
  private done = 0
  private left: number

  constructor(cases: readonly CaseRow[]) {
    this.left = cases.reduce((sum, row) => sum + voxelsOf(row), 0)
  }

  giveWay(work: Work): Promise<void> {
    return this.time.giveWay(work)
  }

  labelled(row: CaseRow): void {
    this.done += voxelsOf(row)
    this.passed(row)
  }

  passed(row: CaseRow): void {
    this.left -= voxelsOf(row)
  }

  get secondsLeft(): number | undefined {
    return this.done > 0 ? (this.time.seconds / this.done) * this.left : undefined
  }
}

function voxelsOf({ dims }: CaseRow): number {
  return dims[0] * dims[1] * dims[2]
}
