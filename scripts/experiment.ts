import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { progressLine } from '../src/main/cli/terminal'
import { readHoldOut, type HoldOut } from '../src/main/learning/holdOut'
import type { Evaluation } from '../src/main/learning/metrics/aggregate'
import { scoreModel } from '../src/main/learning/scoreModel'
import type { TrainResult } from '../src/main/learning/train'
import type { HoldOutCases } from '../src/main/learning/trainingData'
import { loadModel } from '../src/main/segmentation/model'
import type { Work } from '../src/shared/progress'

/** What the scripts of experiments share: to be told how far they are, to find what is done, and to sum up seeds. */

export const exists = (path: string): Promise<boolean> => stat(path).then(Boolean, () => false)

/** Work that says every twenty seconds how far it is, on stderr. */
export function watched(what: string): Work {
  let shown = -Infinity
  return {
    signal: new AbortController().signal,
    report: (progress) => {
      if (performance.now() - shown < 20_000) return
      shown = performance.now()
      console.error(`${what}: ${progressLine(progress)}`)
    },
  }
}

/** A frozen list of `resources/hold-outs`. */
export const holdOutNamed = (name: string): Promise<HoldOut> =>
  readHoldOut(join(import.meta.dirname, '..', 'resources', 'hold-outs', `${name}.json`))

/** Scores of a run's model: of the training that `run` starts, or of a model that was trained before but never scored to the end. */
export async function scoresOfRun(
  folder: string,
  holdOut: HoldOutCases,
  threads: number,
  run: () => Promise<Pick<TrainResult, 'evaluation'>>,
): Promise<Evaluation> {
  const done = await exists(join(folder, 'model.json'))
  const evaluation = done ? null : (await run()).evaluation
  return evaluation ?? scoreModel(await loadModel(folder), holdOut.cases, { threads, work: watched(folder) })
}

export const meanOf = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0) / numbers.length

/** The sample's standard deviation; 0 of a single number. */
export function spreadOf(numbers: readonly number[]): number {
  const mean = meanOf(numbers)
  return Math.sqrt(numbers.reduce((sum, n) => sum + (n - mean) ** 2, 0) / Math.max(1, numbers.length - 1))
}

export const meanAndSpread = (numbers: readonly number[]): string =>
  `${meanOf(numbers).toFixed(3)} ± ${spreadOf(numbers).toFixed(3)}`
