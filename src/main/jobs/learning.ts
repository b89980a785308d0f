import type { Work } from '../../shared/progress'
import { resolveDevice } from '../graph/devices'
import type { Device } from '../graph/session'
import { learnFromCorrections, settled, withoutDamaged, type CycleOptions } from '../learning/cycle'
import { learnFirst } from '../learning/firstTurn'
import { endRun, taughtBy, unfinishedRun, type CycleRun } from '../learning/cycleFile'
import { currentModel, modelReference, schemaOfModel } from '../library/models'
import { describeSegmented, segmentCases } from './segmentingCases'
import type { JobContext } from './verbs'

/**
 * Makes the next version of the current model from what was verified, or the schema's first model where there is none, and, where it is promoted, labels the open cases
 * with it: those without labels, and anew those that another version labelled. A turn that was killed goes on where it was, be it training or labelling.
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

/** Labels the open cases where the run's model is its schema's current one, and ends the run. */
async function apply(context: JobContext, run: CycleRun, learned: string): Promise<string> {
  const schema = schemaOfModel(context.library, run.file.model ?? '')
  const current = schema === null ? null : currentModel(context.library, schema)
  const isCurrent = run.file.promoted === true && current !== null && modelReference(current) === run.file.model
  // The model is made by then: what cannot be labelled fails nothing, and who cancels stops it at the next case.
  const label = async (): Promise<string> =>
    isCurrent && schema !== null
      ? `${learned}; ${describeSegmented(await segmentCases(context, { schema, again: true }))}`
      : learned
  const outcome = await settled(context.library, run, context.work, label)
  await endRun(run, 'done')
  return outcome
}
