import { EmendError } from '../../shared/errors'
import type { Unannotated } from '../graph/trainingStep'
import type { PartialLabels, Recipe } from './recipe'
import type { CaseSource } from './trainingData'

export function partialLabelsOf({ partialLabels }: Pick<Recipe, 'partialLabels'>): PartialLabels {
  return partialLabels ?? 'ignore'
}

const unannotated: Readonly<Record<PartialLabels, Unannotated | undefined>> = {
  ignore: undefined,
  missing: 'left-out',
  marginal: 'sum',
  'merge-max': 'max',
  background: undefined,
}

/** What becomes in the graph of the classes that a case does not know; undefined where it takes labels as they are. */
export function unannotatedOf(recipe: Pick<Recipe, 'partialLabels'>): Unannotated | undefined {
  return unannotated[partialLabelsOf(recipe)]
}

/** Whether a case's background is known to be none of the structures that the network has a channel for. */
export function isFullyAnnotated(annotated: readonly string[] | null, channels: readonly string[]): boolean {
  return annotated === null || channels.slice(1).every((name) => annotated.includes(name))
}

/** What a step is made of: where every case knows all channels, there is nothing to tell of others, and a step is cheaper. */
export function withoutPartial<R extends Pick<Recipe, 'partialLabels'>>(
  recipe: R,
  cases: readonly Pick<CaseSource, 'annotated'>[],
  channels: readonly string[],
): R {
  const complete = cases.every(({ annotated }) => isFullyAnnotated(annotated, channels))
  return complete ? { ...recipe, partialLabels: undefined } : recipe
}

/** By channel: 1 where the case's labels know it. Background counts as known; what it means, the recipe decides. */
export function annotatedChannels(annotated: readonly string[] | null, channels: readonly string[]): Float32Array {
  return Float32Array.from(channels, (name, channel) =>
    Number(channel === 0 || annotated === null || annotated.includes(name)),
  )
}

/** @throws EmendError where the cases cannot tell what a structure, or what background, looks like. */
export function requireLearnable(
  cases: readonly Pick<CaseSource, 'annotated'>[],
  channels: readonly string[],
  mode: PartialLabels,
): void {
  if (cases.length === 0) throw new EmendError('there are no cases to train on')
  if (mode === 'ignore') {
    if (cases.some((c) => isFullyAnnotated(c.annotated, channels))) return
    throw new EmendError('no training case annotates every structure, so nothing tells what is background', {
      hint: "verify all structures of at least one case, train on fewer structures, or by a recipe whose partialLabels are 'missing', 'marginal' or 'merge-max'",
    })
  }
  const unknown = channels.slice(1).find((name) => cases.every(({ annotated }) => annotated?.includes(name) === false))
  if (unknown === undefined) return
  throw new EmendError(`no training case annotates ${unknown}, so nothing tells what it looks like`, {
    hint: 'leave it out with --structures, or add a case that annotates it',
  })
}
