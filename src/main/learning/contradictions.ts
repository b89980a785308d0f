import { count } from '../../shared/count'
import { mean, median } from './metrics/mean'

/** DSC by case and structure, as an evaluation has it. */
export type CaseScoresByName = Readonly<Record<string, Readonly<Record<string, { readonly dsc: number }>>>>

/** A structure of a case that a model learned from and, for all that, does not follow. */
export interface Contradiction {
  readonly case: string
  readonly structure: string
  /** Of the model against the labels that it was taught. */
  readonly dsc: number
}

/** Structures that a model usually does worse than this are not judged: a weak model looks like wrong labels. */
const WELL_DONE = 0.7
/** Below this part of its usual DSC a model does not follow a case. */
const FAR_BELOW = 0.5
/** So many cases of a structure, and more than this share of those looked at, are no chance any more. */
const LEAST = 3
const SHARE = 1 / 3

/** The DSC that a model usually reaches, by structure. */
export type UsualDsc = Readonly<Record<string, number>>

/** On the hold-out: the mean. */
export function usualOnHoldOut(heldOut: CaseScoresByName): UsualDsc {
  return usual(heldOut, mean)
}

/**
 * Among all that a model was taught, where nothing of the library is held out yet: the median. Phantoms say nothing of how hard a
 * patient is; that most labels are right is all there is to go by, and where they are not, the median is low and nothing
 * is judged.
 */
export function usualAmongLessons(lessons: CaseScoresByName): UsualDsc {
  return usual(lessons, median)
}

function usual(scores: CaseScoresByName, of: (values: readonly number[]) => number): UsualDsc {
  const all = Object.values(scores)
  const names = new Set(all.flatMap((one) => Object.keys(one)))
  const values = (name: string): number[] => all.flatMap((one) => (one[name] ? [one[name].dsc] : []))
  return Object.fromEntries([...names].map((name) => [name, of(values(name))]))
}

/**
 * The labels that a model contradicts although it was just taught them: right labels, however hard the case, it follows
 * about as well as it does the hold-out's, which it never saw. So wrong labels show whatever a network makes of them: where
 * it learns them, on the hold-out; where it shrugs them off, here.
 *
 * @param lessons the model on cases that it learned from, as far as the structures are there
 * @param usual of the same model; what it does not name is not judged
 * @returns the worst first
 */
export function contradictionsIn(lessons: CaseScoresByName, usual: UsualDsc): Contradiction[] {
  const found = Object.entries(lessons).flatMap(([id, scores]) =>
    Object.entries(scores).flatMap(([structure, { dsc }]): Contradiction[] => {
      const expected = usual[structure] ?? 0
      return expected >= WELL_DONE && dsc < FAR_BELOW * expected ? [{ case: id, structure, dsc }] : []
    }),
  )
  return found.sort((a, b) => a.dsc - b.dsc)
}

/** What is wrong with a structure's labels, in one line, where the model contradicts too many of them; null else. */
export function wrongLessons(contradictions: readonly Contradiction[], lessons: CaseScoresByName): string | null {
  for (const structure of new Set(contradictions.map((one) => one.structure))) {
    const looked = Object.values(lessons).filter((scores) => scores[structure]).length
    const against = contradictions.filter((one) => one.structure === structure).length
    if (against < LEAST || against <= SHARE * looked) continue
    return `it was taught labels of ${structure} that it contradicts in ${against} of ${count(looked, 'new case')}: read them again`
  }
  return null
}
