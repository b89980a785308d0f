import type { Scores } from '../segmentation/manifest'

/** How much a single structure's mean DSC may fall while the mean over all holds: noise of a small hold-out. */
export const DEFAULT_MARGIN = 0.02

export interface Verdict {
  readonly promote: boolean
  /** Why, in one line for the list of models. */
  readonly line: string
}

/**
 * Decides whether a newly trained model replaces the current one: no structure may fall by more than `margin` in mean
 * DSC, none may be lost, and the mean over the structures that both do must not fall. Both are scored on the same cases.
 * @param before scores of the current model; null where there is none, which any model replaces
 */
export function judge(before: Scores | null, after: Scores, margin = DEFAULT_MARGIN): Verdict {
  const now = scored(after)
  if (now.size === 0) return keep('nothing could be scored on the hold-out')
  if (before === null) return promote(`first model, mean DSC ${show(mean(now.values()))}`)
  const then = scored(before)
  const lost = [...then.keys()].find((name) => !now.has(name))
  if (lost !== undefined) return keep(`it no longer does ${lost}`)
  const shared = [...then.keys()]
  if (shared.length === 0) return promote(`nothing to compare with, mean DSC ${show(mean(now.values()))}`)

  const change = (name: string): number => (now.get(name) ?? 0) - (then.get(name) ?? 0)
  const worst = shared.reduce((a, b) => (change(b) < change(a) ? b : a))
  if (change(worst) < -margin) {
    return keep(`${worst} fell from DSC ${show(then.get(worst) ?? 0)} to ${show(now.get(worst) ?? 0)}`)
  }
  const meanThen = mean(then.values())
  const meanNow = mean(shared.map((name) => now.get(name) ?? 0))
  const means = `mean DSC ${show(meanThen)} to ${show(meanNow)}`
  if (meanNow < meanThen) return keep(`${means}, which is less by ${(meanThen - meanNow).toPrecision(1)}`)
  const best = shared.reduce((a, b) => (change(b) > change(a) ? b : a))
  return promote(`${means}, most ${best} (${signed(change(best))}), least ${worst} (${signed(change(worst))})`)
}

function scored(scores: Scores): Map<string, number> {
  const entries = Object.entries(scores).flatMap(([name, score]): [string, number][] =>
    score.dsc === null ? [] : [[name, score.dsc]],
  )
  return new Map(entries)
}

function mean(values: Iterable<number>): number {
  const all = [...values]
  return all.reduce((sum, value) => sum + value, 0) / all.length
}

const promote = (reason: string): Verdict => ({ promote: true, line: `promoted: ${reason}` })
const keep = (reason: string): Verdict => ({ promote: false, line: `kept out: ${reason}` })
const show = (value: number): string => value.toFixed(3)
const signed = (value: number): string => (value < 0 ? '' : '+') + value.toFixed(3)
