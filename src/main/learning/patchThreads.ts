import { builtThread, freeCores, openBatches, type BatchSource } from './batchThreads'
import { PatchSource, type Batch, type PatchOptions } from './patches'
import type { PreparedCase } from './preparedCase'
import { inSharedMemory } from './sharedMemory'

/** What patches are made of. */
export interface PatchesFrom {
  readonly cases: readonly PreparedCase[]
  readonly options: PatchOptions
}

/** Makes the batch of a step. */
export function patchesOf({ cases, options }: PatchesFrom): (step: number) => Batch {
  const source = new PatchSource(cases, options)
  return (step) => source.at(step)
}

/**
 * The batches of a training.
 * @param threads that make them ahead; one core is left for the graph where left out
 */
export function openPatches(
  cases: readonly PreparedCase[],
  options: PatchOptions,
  threads = freeCores(),
  program = builtThread('patch'),
): BatchSource<Batch> {
  const from: PatchesFrom = { cases: threads < 1 ? cases : cases.map(inSharedMemory), options }
  return openBatches({ from, make: patchesOf, empty: () => PatchSource.emptyBatch(cases, options), program }, threads)
}
