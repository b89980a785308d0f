import type { LabelSchema } from '../../shared/labels/schema'
import type { UnprovenStructure } from '../../shared/modelCard'
import { OFFERED_FROM, unprovenWords } from '../../shared/modelCardWords'
import { offeredStructures, type Model } from '../segmentation/model'
import type { CaseScoresByName } from './contradictions'
import { writeManifest } from './exportModel'
import type { VerifiedCase } from './libraryCases'
import { mean } from './metrics/mean'
import type { Evaluation } from './metrics/aggregate'
import { shownIn } from './turnCases'

/**
 * The structures of a new version whose worth nothing but its own lessons can tell: no held-out case shows them, and the
 * version before did not offer them, or offered them unscored.
 *
 * @param before the version that it came from; null of a schema's first model
 * @param after its scores on the hold-out
 * @param held the library's held-out cases; none where phantoms stand for them
 */
export function unprovenStructures(
  before: Model | null,
  { structures }: LabelSchema,
  after: Evaluation['cases'],
  held: readonly VerifiedCase[],
): string[] {
  const shown = new Map(held.map((one) => [one.row.id, shownIn(one)]))
  const isScored = (name: string): boolean =>
    Object.entries(after).some(([id, scores]) => {
      if (!scores[name]) return false
      // Where a phantom has none of it, and none was found, the score is 1; there is no distance then.
      return held.length > 0 ? shown.get(id)?.includes(name) === true : scores[name].hd95 !== null
    })
  const proven = before ? offeredStructures(before).map(({ name }) => name) : []
  const unscored = before?.manifest.unscored ?? []
  return structures
    .map(({ name }) => name)
    .filter((name) => !isScored(name) && (!proven.includes(name) || unscored.includes(name)))
}

/**
 * Whether each of them is offered: by the mean over the cases that it was taught, where they show it; as before where
 * there was none this time.
 * @param lessons the new version on cases that it learned from
 */
export function judgeUnproven(
  names: readonly string[],
  lessons: CaseScoresByName,
  before: Model | null,
): UnprovenStructure[] {
  const unscored = before?.manifest.unscored ?? []
  return names.map((structure) => {
    const values = Object.values(lessons).flatMap((scores) => (scores[structure] ? [scores[structure].dsc] : []))
    if (values.length === 0) return { structure, cases: 0, dsc: null, offered: unscored.includes(structure) }
    const dsc = mean(values)
    return { structure, cases: values.length, dsc, offered: dsc >= OFFERED_FROM }
  })
}

/** What is said of them in a verdict, each in a few words; nothing where there are none. */
export function unprovenText(unproven: readonly UnprovenStructure[]): string {
  return unproven.map((one) => `; ${unprovenWords(one)}`).join('')
}

/** Has a model say which structures it does not offer, and which it offers unscored. */
export async function writeOffers({ folder, manifest }: Model, unproven: readonly UnprovenStructure[]): Promise<void> {
  const named = (isOffered: boolean): string[] =>
    unproven.filter(({ offered }) => offered === isOffered).map(({ structure }) => structure)
  const [unscored, withheld] = [named(true), named(false)]
  await writeManifest(folder, {
    ...manifest,
    withheld: withheld.length > 0 ? withheld : undefined,
    unscored: unscored.length > 0 ? unscored : undefined,
  })
}
