import type { LabelSchema } from '../../../shared/labels/schema'
import type { CaseDoubts } from './doubts'

export interface Selection {
  /** Cases to keep, those with the least doubt about their organs; all where left out. */
  readonly keep?: number
  /** Of those, the ones whose lesions are kept, with the least doubt about them; in the others lesions become background. */
  readonly keepLesions?: number
  /** Doubt from which on a structure of a case counts as not looked for. */
  readonly reject: number
}

export interface Choice {
  readonly kept: boolean
  /** Structures that become background, since their doubt is not worth learning: lesions. */
  readonly erased: readonly string[]
  /** Structures that count as not looked for. */
  readonly rejected: readonly string[]
}

/**
 * Which cases, and what of them, is sure enough to learn from: two rankings, as in `merge-max-context-cutmix` (section 2.2:
 * 1000 of 1800 cases by their organs, of these 100 with their lesions), and single structures that are too doubtful.
 * A case in which nothing was found comes last; of two that are equal, the one that comes first.
 */
export function selectCases(
  doubts: Readonly<Record<string, CaseDoubts>>,
  schema: LabelSchema,
  { keep, keepLesions, reject }: Selection,
): Record<string, Choice> {
  const rank = (names: readonly string[], of: (doubts: CaseDoubts) => number | null): string[] =>
    names.toSorted((a, b) => (of(doubts[a]) ?? Infinity) - (of(doubts[b]) ?? Infinity) || 0)
  const lesions = schema.structures.filter((s) => s.kind === 'lesion').map((s) => s.name)
  const onlyLesions = schema.structures.every((s) => s.kind === 'lesion')
  const kept = rank(Object.keys(doubts), (d) => (onlyLesions ? d.lesions : d.organs)).slice(0, keep)
  const withLesions = new Set(
    rank(
      kept.filter((name) => keepLesions === undefined || doubts[name].lesions !== null),
      (d) => d.lesions,
    ).slice(0, keepLesions),
  )
  return Object.fromEntries(
    Object.entries(doubts).map(([name, { structures }]): [string, Choice] => {
      const erased = withLesions.has(name) ? [] : lesions.filter((lesion) => structures[lesion])
      const rejected = Object.entries(structures).flatMap(([structure, { doubt }]) =>
        doubt >= reject && !erased.includes(structure) ? [structure] : [],
      )
      return [name, { kept: kept.includes(name), erased, rejected }]
    }),
  )
}
