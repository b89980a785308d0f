import type { LabelSchema } from '../../../shared/labels/schema'
import type { Evaluation } from './aggregate'
import { bootstrapMean, pairedBootstrap, type BootstrapOptions, type Interval } from './bootstrap'
import type { StructureScore } from './evaluateCase'

/** How sure the mean over the cases is, of DSC and of NSD. */
export interface ScoreIntervals {
  readonly dsc: Interval
  readonly nsd: Interval
  readonly cases: number
}

/** One model's scores less another's on the same cases, with how many cases each is ahead in by DSC. */
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
  return byStructure(schema, (of) => {
    const scores = Object.values(cases).flatMap((all) => of(all) ?? [])
    if (scores.length === 0) return null
    const [dsc, nsd] = both(scores, (values) => bootstrapMean(values, options))
    return { dsc, nsd, cases: scores.length }
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
  return byStructure(schema, (of) => {
    const pairs = Object.entries(model.cases).flatMap(([name, ours]) => {
      const theirs = other.cases[name]
      const [a, b] = [of(ours), theirs && of(theirs)]
      return a && b ? [{ dsc: a.dsc - b.dsc, nsd: a.nsd - b.nsd }] : []
    })
    if (pairs.length === 0) return null
    const [dsc, nsd] = both(pairs, (values) => pairedBootstrap(values, options))
    return {
      dsc,
      nsd,
      cases: pairs.length,
      ahead: pairs.filter((p) => p.dsc > 0).length,
      behind: pairs.filter((p) => p.dsc < 0).length,
    }
  })
}

type CaseScores = Evaluation['cases'][string]
type Overlaps = Pick<StructureScore, 'dsc' | 'nsd'>

/** The same made of the DSCs and of the NSDs. */
function both<T>(scores: readonly Overlaps[], make: (values: readonly number[]) => T): [T, T] {
  return [make(scores.map((s) => s.dsc)), make(scores.map((s) => s.nsd))]
}

/** Makes something of every structure, and of the organs together, that there are scores of. */
function byStructure<T>(
  schema: LabelSchema,
  make: (of: (scores: CaseScores) => Overlaps | null) => T | null,
): Record<string, T> {
  const made: Record<string, T> = {}
  const add = (name: string, of: (scores: CaseScores) => Overlaps | null): void => {
    const value = make(of)
    if (value !== null) made[name] = value
  }
  for (const { name } of schema.structures) add(name, (scores) => scores[name] ?? null)
  const organs = schema.structures.filter((s) => s.kind === 'organ').map((s) => s.name)
  add('organs', (scores) => {
    const there = organs.flatMap((name) => scores[name] ?? [])
    if (there.length === 0) return null
    const mean = (of: (score: Overlaps) => number): number => there.reduce((sum, s) => sum + of(s), 0) / there.length
    return { dsc: mean((s) => s.dsc), nsd: mean((s) => s.nsd) }
  })
  return made
}
