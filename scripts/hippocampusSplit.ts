import { readDataset } from '../src/main/learning/dataset'
import { splitHoldOut } from '../src/main/learning/holdOut'
import type { CaseSource, HoldOutCases } from '../src/main/learning/trainingData'
import { holdOutNamed } from './experiment'

export interface HippocampusSplit {
  readonly schema: Awaited<ReturnType<typeof readDataset>>['schema']
  /** 10 patients whose labels may be learned from. */
  readonly labelled: readonly CaseSource[]
  /** 150 whose labels may not be looked at. */
  readonly unlabelled: readonly CaseSource[]
  /** The frozen 40. */
  readonly holdOut: HoldOutCases
}

/** One split for every experiment on the hippocampus: every 16th of the 160 training patients, by id, is labelled. */
export async function hippocampusSplit(folder: string): Promise<HippocampusSplit> {
  const dataset = await readDataset(folder, { schema: 'hippocampus' })
  const list = await holdOutNamed('hippocampus')
  const { training, holdOut } = splitHoldOut(dataset.cases, list)
  return {
    schema: dataset.schema,
    labelled: training.filter((_, n) => n % 16 === 0),
    unlabelled: training.filter((_, n) => n % 16 !== 0),
    holdOut,
  }
}
