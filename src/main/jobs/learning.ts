import { setImmediate } from 'node:timers/promises'
import { oneLine } from '../../shared/errors'
import { isVerified } from '../../shared/labels/status'
import type { Work } from '../../shared/progress'
import { resolveDevice } from '../graph/devices'
import type { Device } from '../graph/session'
import { learnFromCorrections, settled, withoutDamaged, type CycleOptions } from '../learning/cycle'
import { learnFirst } from '../learning/firstTurn'
import { endRun, taughtBy, unfinishedRun, type CycleRun } from '../learning/cycleFile'
import { listCases } from '../library/cases'
import type { Library } from '../library/library'
import { hasUnsavedEdits } from '../library/journal'
import { currentModel, modelReference, schemaOfModel } from '../library/models'
import { UnsavedEditsError } from '../library/revisions'
import type { Model } from '../segmentation/model'
import { offeredStructures } from '../segmentation/model'
import { labelCase, openSegmenter } from './segmenting'
import type { JobContext } from './verbs'

/**
 * Makes the next version of the current model from what was verified, or the schema's first model where there is none, and, where it is promoted, labels the open cases
 * anew with it. A turn that was killed goes on where it was, be it training or labelling.
 *
 * @returns what came out, in one line
 * @throws EmendError where there is nothing to learn from
 */
export async function learnAndApply(context: JobContext, options: CycleOptions = {}): Promise<string> {
  const { library, devices, changed } = context
  const begun = unfinishedRun(library)
  if (begun?.file.state === 'registered') return apply(context, begun, `${begun.file.model ?? ''} was made`)
  const device = resolveDevice('auto', devices)
  const learn = currentModel(library) ? learnFromCorrections : learnFirst
  const work = onDevice(context.work, options.device ?? device)
  const { model, verdict, run } = await learn(library, { device, ...options }, work)
  changed([], true)
  const teacher = taughtBy(run.file)
  const taught = teacher === null ? '' : `, taught by ${teacher}`
  return apply(context, run, `${modelReference(model)}${taught}: ${verdict}${withoutDamaged(run.file)}`)
}

/** The same work, which says what it runs on and what memory it holds. */
function onDevice(work: Work, device: Device): Work {
  const report: Work['report'] = (progress) =>
    work.report({ device, memoryBytes: process.memoryUsage.rss(), ...progress })
  return { ...work, report }
}

/** Labels the open cases anew where the run's model is its schema's current one, and ends the run. */
async function apply(context: JobContext, run: CycleRun, learned: string): Promise<string> {
  const schema = schemaOfModel(context.library, run.file.model ?? '')
  const current = schema === null ? null : currentModel(context.library, schema)
  const isCurrent = run.file.promoted === true && current !== null && modelReference(current) === run.file.model
  const label = async (): Promise<string> =>
    isCurrent && schema !== null ? `${learned}; ${await segmentOpenCases(context, schema)}` : learned
  const outcome = await settled(context.library, run, context.work, label)
  await endRun(run, 'done')
  return outcome
}

/**
 * Labels every open case of a schema anew with its current model. The model is made by then, so nothing here fails the job: a case
 * that cannot be labelled is counted, one with unsaved edits is left alone until the next time, and a reader who cancels
 * stops it at the next case.
 */
async function segmentOpenCases(context: JobContext, schema: string): Promise<string> {
  const { library, work, changed } = context
  const segmenter = await openSegmenter(context, schema)
  try {
    const ids = openCases(library, segmenter.model, segmenter.reference)
    let labelled = 0
    let unsaved = 0
    let firstFailure = ''
    for (const [done, id] of ids.entries()) {
      // So that a message to cancel is heard between two cases.
      await setImmediate()
      await work.giveWay?.()
      if (work.signal.aborted) break
      const quiet: Work = { report: () => undefined, signal: work.signal }
      work.report({ phase: 'segmenting again', done, total: ids.length })
      if (hasUnsavedEdits(library, id)) {
        unsaved += 1
        continue
      }
      try {
        await labelCase(library, id, segmenter, quiet, { unasked: true })
        labelled += 1
        changed([id])
      } catch (error) {
        if (error instanceof UnsavedEditsError) unsaved += 1
        else if (!work.signal.aborted) firstFailure ||= ` (${oneLine(error)})`
      }
    }
    const left = unsaved > 0 ? `, ${unsaved} left alone for unsaved edits` : ''
    return `${labelled} of ${ids.length} open cases segmented again${left}${firstFailure}`
  } finally {
    await segmenter.network.close()
  }
}

/**
 * Cases at work that have labels, and structures that the model offers and nobody verified; not those that this very
 * version labelled, of which it would say the same.
 */
export function openCases(library: Library, model: Model, reference: string): string[] {
  const offered = offeredStructures(model)
  return listCases(library)
    .filter((row) => row.role === 'work' && row.revision !== null && row.schema === model.schema.name)
    .filter((row) => row.model !== reference && offered.some(({ name }) => !isVerified(row.statuses[name])))
    .map((row) => row.id)
}
