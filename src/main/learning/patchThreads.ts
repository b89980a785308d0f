import { builtThread, freeCores, openBatches, type BatchSource } from './batchThreads'
import { PatchSource, type Batch, type PatchOptions } from './patches'
import type { PreparedCase } from './preparedCase'
import { inSharedMemory } from './sharedMemory'
import { UnlabelledPatches, type UnlabelledBatch, type UnlabelledOptions } from './unlabelledPatches'

/** What patches are made of. */
export interface PatchesFrom {
  readonly cases: readonly PreparedCase[]
  readonly options: PatchOptions
  /** Images without labels, for a mean teacher and its student. */
  readonly unlabelled?: { readonly cases: readonly PreparedCase[]; readonly options: UnlabelledOptions }
}

/** A step's labelled samples and, where the run has a mean teacher, those without labels. */
export type RunBatch = Batch & Partial<UnlabelledBatch>

/** Makes the batch of a step. */
export function patchesOf({ cases, options, unlabelled }: PatchesFrom): (step: number) => RunBatch {
  const source = new PatchSource(cases, options)
  if (!unlabelled) return (step) => source.at(step)
  const without = new UnlabelledPatches(unlabelled.cases, unlabelled.options)
  return (step) => ({ ...source.at(step), ...without.at(step) })
}

/**
 * The batches of a training.
 * @param threads that make them ahead; one core is left for the graph where left out
 */
export function openPatches(
  from: PatchesFrom,
  threads = freeCores(),
  program = builtThread('patch'),
): BatchSource<RunBatch> {
  const empty = (): RunBatch => ({
    ...PatchSource.emptyBatch(from.cases, from.options),
    ...(from.unlabelled && UnlabelledPatches.emptyBatch(from.unlabelled.options)),
  })
  const making = { from: threads < 1 ? from : inThreads(from), make: patchesOf, empty, program }
  return openBatches(making, threads)
}

const inThreads = ({ cases, options, unlabelled }: PatchesFrom): PatchesFrom => ({
  cases: cases.map(inSharedMemory),
  options,
  ...(unlabelled && { unlabelled: { ...unlabelled, cases: unlabelled.cases.map(inSharedMemory) } }),
})
