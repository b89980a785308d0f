import { seededRandom } from '../../shared/random'
import type { Work } from '../../shared/progress'
import type { LabelSchema } from '../../shared/labels/schema'
import type { Library } from '../library/library'
import { loadModel, type Model } from '../segmentation/model'
import { shuffled } from './caseOrder'
import { verifiedOnlyCase, type VerifiedCase } from './libraryCases'
import type { Evaluation } from './metrics/aggregate'
import { named, type ComputeOptions } from './nextVersion'
import { scoreModel } from './scoreModel'
import { shownIn } from './turnCases'

/** At most so many new ones are looked at, drawn by the turn's seed: as much as a large hold-out takes. */
const MOST = 40
/** And so many of the others. */
const MOST_FORMER = 20

export interface LessonScores {
  /** On cases whose labels the version before had not learned. */
  readonly fresh: Evaluation['cases']
  /** On cases whose labels it had learned. */
  readonly former: Evaluation['cases']
}

/**
 * How well a new version follows what it was taught: scores on cases that it learned from, on what is verified in them and
 * there. New ones tell whether their labels are right (`contradictionsIn`). Former ones are looked at where new ones need
 * them to compare with, as nothing is held out, and where they show a structure that no held-out case does.
 *
 * @param lesson `current` is null of a schema's first model, to which all is new
 * @param made `out` is where the new version lies; `unproven` are such structures
 */
export async function lessonScores(
  library: Library,
  lesson: {
    readonly current: Model | null
    readonly verified: readonly VerifiedCase[]
    readonly schema: LabelSchema
    readonly held: readonly unknown[]
  },
  made: { readonly out: string; readonly seed: number; readonly unproven: readonly string[] },
  compute: ComputeOptions,
  work: Work,
): Promise<LessonScores> {
  const { current, verified, schema, held } = lesson
  const learned = new Set(current?.manifest.provenance.cases.map(({ id, revision }) => `${id} ${revision ?? ''}`))
  const isFormer = (one: VerifiedCase): boolean => learned.has(`${one.row.id} ${one.revision}`)
  const showsUnproven = (one: VerifiedCase): boolean => shownIn(one).some((name) => made.unproven.includes(name))
  const shown = shuffled(
    verified.filter((one) => shownIn(one).length > 0),
    seededRandom(made.seed),
  )
  const fresh = unprovenFirst(shown.filter((one) => !isFormer(one)), showsUnproven).slice(0, MOST) // prettier-ignore
  const former = unprovenFirst(
    shown.filter((one) => isFormer(one) && (held.length === 0 || showsUnproven(one))),
    showsUnproven,
  ).slice(0, MOST_FORMER)
  if (fresh.length + former.length === 0) return { fresh: {}, former: {} }
  const scoring = named(work, { scoring: 'scoring what it was taught' })
  const cases = [...fresh, ...former].map((one) => {
    return { ...verifiedOnlyCase(library, one, schema, 1), annotated: shownIn(one) }
  })
  const scores = (await scoreModel(await loadModel(made.out), cases, { ...compute, work: scoring })).cases
  const of = (some: readonly VerifiedCase[]): Evaluation['cases'] =>
    Object.fromEntries(some.map(({ row }) => [row.id, scores[row.id]]))
  return { fresh: of(fresh), former: of(former) }
}

/** Those that show what nothing else tells of come first. */
function unprovenFirst(cases: readonly VerifiedCase[], shows: (one: VerifiedCase) => boolean): VerifiedCase[] {
  return [...cases.filter(shows), ...cases.filter((one) => !shows(one))]
}
