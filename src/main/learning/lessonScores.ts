import { seededRandom } from '../../shared/random'
import type { Work } from '../../shared/progress'
import type { Library } from '../library/library'
import { loadModel } from '../segmentation/model'
import { shuffled } from './caseOrder'
import type { Lesson } from './corrections'
import { verifiedOnlyCase } from './libraryCases'
import type { Evaluation } from './metrics/aggregate'
import { named, type ComputeOptions } from './nextVersion'
import { scoreModel } from './scoreModel'
import { shownIn } from './turnCases'

/** At most so many are looked at, drawn by the turn's seed: as much as a large hold-out takes. */
const MOST = 40

/**
 * How well a new version follows what it was taught: scores on the cases whose labels the one before it had not learned,
 * on what is verified in them and there (`contradictionsIn`). None from a turn that is judged on phantoms, whose scores say
 * nothing of how hard a patient is.
 *
 * @param out where the new version lies
 */
export async function lessonScores(
  library: Library,
  { current, verified, schema, held }: Lesson & { readonly held: readonly unknown[] },
  { out, seed }: { readonly out: string; readonly seed: number },
  compute: ComputeOptions,
  work: Work,
): Promise<Evaluation['cases']> {
  if (held.length === 0) return {}
  const known = new Set(current.manifest.provenance.cases.map(({ id, revision }) => `${id} ${revision ?? ''}`))
  const fresh = verified.filter((one) => !known.has(`${one.row.id} ${one.revision}`) && shownIn(one).length > 0)
  const cases = shuffled(fresh, seededRandom(seed))
    .slice(0, MOST)
    .map((one) => ({ ...verifiedOnlyCase(library, one, schema, 1), annotated: shownIn(one) }))
  if (cases.length === 0) return {}
  const scoring = named(work, { scoring: 'scoring what it was taught' })
  return (await scoreModel(await loadModel(out), cases, { ...compute, work: scoring })).cases
}
