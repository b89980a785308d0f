import { join } from 'node:path'
import type { Work } from '../../shared/progress'
import { loadModel } from '../segmentation/model'
import { writeManifest } from './exportModel'
import type { Evaluation } from './metrics/aggregate'
import { exists } from './runFiles'
import { scoreModel, scoresOf } from './scoreModel'
import { train, type TrainOptions } from './train'
import type { HoldOutCases, TrainingData } from './trainingData'

/** Seconds from one slice that shows how it learns to the next. */
const EXAMPLE_SECONDS = 15

/**
 * Trains a version of a turn of the cycle and scores it: from its checkpoint where a killed run left one, and not again
 * where it was trained whole.
 *
 * @returns scores by case
 */
export async function trainVersion(
  data: TrainingData & { readonly holdOut: HoldOutCases },
  options: Omit<TrainOptions, 'resume' | 'exampleSeconds'>,
  work: Work,
): Promise<Evaluation['cases']> {
  const { out } = options
  if (!(await exists(join(out, 'model.json')))) {
    const resume = await exists(join(out, 'checkpoint.bin'))
    const { evaluation } = await train(data, { ...options, resume, exampleSeconds: EXAMPLE_SECONDS }, work)
    if (evaluation) return evaluation.cases
  }
  return scoredLater(data.holdOut, options, work)
}

/** Scores a model that was trained whole before its run was killed, and writes that down beside it. */
async function scoredLater(
  { name, cases }: HoldOutCases,
  { out, device, threads, parentScores: parent }: TrainOptions,
  work: Work,
): Promise<Evaluation['cases']> {
  const model = await loadModel(out)
  const evaluation = await scoreModel(model, cases, { device, threads, work })
  const scores = { holdOut: name, structures: scoresOf(evaluation), ...(parent && { parent }) }
  await writeManifest(out, { ...model.manifest, scores })
  return evaluation.cases
}
