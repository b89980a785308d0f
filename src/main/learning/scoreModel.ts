import type { Device } from '../graph/session'
import { secondsAtPace, unwatched, type Work } from '../../shared/progress'
import type { Scores } from '../segmentation/manifest'
import { offeredStructures, type Model } from '../segmentation/model'
import { openNetwork } from '../segmentation/network'
import { segment } from '../segmentation/segment'
import { aggregate, type Evaluation } from './metrics/aggregate'
import { evaluateCase, type CaseScores } from './metrics/evaluateCase'
import type { CaseSource } from './trainingData'

/**
 * Segments cases as `emend segment` does, on their own grids, and scores the result against their labels. Structures
 * that the model does not offer, or that a case's reader did not look for, are not scored.
 */
export async function scoreModel(
  model: Model,
  cases: readonly CaseSource[],
  options: { readonly device?: Device; readonly threads?: number; readonly work?: Work } = {},
): Promise<Evaluation> {
  const work = options.work ?? unwatched
  const network = await openNetwork(model, options)
  const offered = offeredStructures(model).map(({ name }) => name)
  const started = performance.now()
  const scores: Record<string, CaseScores> = {}
  try {
    for (const [done, source] of cases.entries()) {
      await work.giveWay?.()
      work.signal.throwIfAborted()
      const { image, labels } = await source.load()
      const quiet: Work = { report: () => undefined, signal: work.signal }
      const result = await segment(image, model, { network, work: quiet })
      const annotated = source.annotated === null ? offered : offered.filter((s) => source.annotated?.includes(s))
      scores[source.id] = evaluateCase(labels, result.labels, model.schema, { name: source.id, annotated })
      const secondsLeft = secondsAtPace(started, done + 1, cases.length)
      work.report({ phase: 'scoring', done: done + 1, total: cases.length, secondsLeft })
    }
  } finally {
    await network.close()
  }
  return aggregate(scores, model.schema)
}

/** The part of an evaluation that a manifest keeps: means by structure. */
export function scoresOf({ mean }: Evaluation): Scores {
  return Object.fromEntries(
    Object.entries(mean)
      .filter(([name]) => name !== 'organs')
      .map(([name, { dsc, nsd, cases }]) => [name, { dsc, nsd, cases }]),
  )
}
