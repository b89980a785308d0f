import { EmendError } from '../../shared/errors'
import type { Merging } from '../graph/merging'
import type { PartialLabels, Recipe } from './recipe'
import type { CaseSource } from './trainingData'

export function partialLabelsOf({ partialLabels }: Pick<Recipe, 'partialLabels'>): PartialLabels {
  return partialLabels ?? 'ignore'
}

/** How the graph joins the classes that a case does not know; undefined where it takes labels as they are. */
export function mergingOf(recipe: Pick<Recipe, 'partialLabels'>): Merging | undefined {
  const mode = partialLabelsOf(recipe)
  return mode === 'marginal' ? 'sum' : mode === 'merge-max' ? 'max' : undefined
}

/** Whether a case's background is known to be none of the structures that the network has a channel for. */
export function isFullyAnnotated(annotated: readonly string[] | null, channels: readonly string[]): boolean {
  return annotated === null || channels.slice(1).every((name) => annotated.includes(name))
}

/** By channel: 1 where the case's labels know it. Background counts as known; what it means, merging decides. */
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
      hint: "verify all structures of at least one case, train on fewer structures, or by a recipe whose partialLabels are 'marginal' or 'merge-max'",
    })
  }
  const unknown = channels.slice(1).find((name) => cases.every(({ annotated }) => annotated?.includes(name) === false))
  if (unknown === undefined) return
  throw new EmendError(`no training case annotates ${unknown}, so nothing tells what it looks like`, {
    hint: 'leave it out with --structures, or add a case that annotates it',
  })
}
