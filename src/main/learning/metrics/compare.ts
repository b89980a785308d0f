import type { LabelSchema } from '../../../shared/labels/schema'
import type { Evaluation } from './aggregate'
import { bootstrapMean, pairedBootstrap, type BootstrapOptions, type Interval } from './bootstrap'
import type { StructureScore } from './evaluateCase'
import { mean } from './mean'

/**
 * How sure the mean over the cases is. A case in which either mask is empty has no HD95: there is no distance to speak of, and
 * any number put in its place would decide the mean. It is left out of HD95 alone; its DSC and NSD, 0 or 1, count.
 */
export interface ScoreIntervals {
  readonly dsc: Interval
  readonly nsd: Interval
  /** mm, lower is better; null where no case has one. */
  readonly hd95: Interval | null
  readonly cases: number
  /** Of these, the cases that HD95 is over. */
  readonly hd95Cases: number
}

/**
 * One model's scores less another's on the same cases, with how many cases each is ahead in by DSC. HD95 is over the cases in
 * which both models have one, and below 0 where the first is nearer: a structure that one of them missed counts by DSC and NSD.
 */
export interface Comparison extends ScoreIntervals {
  readonly ahead: number
  readonly behind: number
}

/** Intervals of every structure's mean; `organs` is over the cases' means of their organs. */
export function intervalsOf(
  { cases }: Evaluation,
  schema: LabelSchema,
  options: BootstrapOptions = {},
): Record<string, ScoreIntervals> {
  return byStructure(schema, (names) => {
    const scores = Object.values(cases).flatMap((all) => meanScore(names.flatMap((name) => all[name] ?? [])) ?? [])
    return summary(scores, (values) => bootstrapMean(values, options))
  })
}

/**
 * What `model` scores more than `other`, case by case, on the cases that both were scored on. Where an interval of a
 * difference does not hold 0, the two differ by more than the draw of the cases.
 */
export function compareEvaluations(
  model: Evaluation,
  other: Evaluation,
  schema: LabelSchema,
  options: BootstrapOptions = {},
): Record<string, Comparison> {
  return byStructure(schema, (names) => {
    const pairs = Object.entries(model.cases).flatMap(([id, ours]) => {
      const theirs = other.cases[id] ?? {}
      return meanScore(names.flatMap((name) => difference(ours[name], theirs[name]) ?? [])) ?? []
    })
    const all = summary(pairs, (values) => pairedBootstrap(values, options))
    return (
      all && { ...all, ahead: pairs.filter((p) => p.dsc > 0).length, behind: pairs.filter((p) => p.dsc < 0).length }
    )
  })
}

function difference(a: StructureScore | undefined, b: StructureScore | undefined): StructureScore | null {
  if (!a || !b) return null
  return {
    dsc: a.dsc - b.dsc,
    nsd: a.nsd - b.nsd,
    hd95: a.hd95 === null || b.hd95 === null ? null : a.hd95 - b.hd95,
  }
}

/** The mean over one case's structures; HD95 over those that have one. Null where there are none. */
function meanScore(scores: readonly StructureScore[]): StructureScore | null {
  if (scores.length === 0) return null
  const distances = distancesOf(scores)
  return {
    dsc: mean(scores.map((s) => s.dsc)),
    nsd: mean(scores.map((s) => s.nsd)),
    hd95: distances.length > 0 ? mean(distances) : null,
  }
}

function summary(
  scores: readonly StructureScore[],
  interval: (values: readonly number[]) => Interval,
): ScoreIntervals | null {
  if (scores.length === 0) return null
  const distances = distancesOf(scores)
  return {
    dsc: interval(scores.map((s) => s.dsc)),
    nsd: interval(scores.map((s) => s.nsd)),
    hd95: distances.length > 0 ? interval(distances) : null,
    cases: scores.length,
    hd95Cases: distances.length,
  }
}

const distancesOf = (scores: readonly StructureScore[]): number[] => scores.flatMap(({ hd95 }) => hd95 ?? [])

/** Makes something of every structure, and of the organs together, that there are scores of. */
function byStructure<T>(schema: LabelSchema, make: (names: readonly string[]) => T | null): Record<string, T> {
  const made: Record<string, T> = {}
  const add = (name: string, names: readonly string[]): void => {
    const value = make(names)
    if (value !== null) made[name] = value
  }
  for (const { name } of schema.structures) add(name, [name])
  add(
    'organs',
    schema.structures.filter((s) => s.kind === 'organ').map((s) => s.name),
  )
  return made
}
