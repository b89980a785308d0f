import { createHash } from 'node:crypto'

/** A case with the structures that are verified in it. */
export interface VerifiedIn {
  readonly id: string
  /** Whom it is of (`patientsOf`). */
  readonly patient: string
  readonly structures: readonly string[]
  /** Those of them that it shows; the others were found absent. */
  readonly present: readonly string[]
}

/** Below so many verified cases of a structure none is held out for it: they are needed to learn from. */
export const LEAST_VERIFIED = 10

/** Of so many cases that show a structure one is held out, however small the share: scores on none say nothing. */
export const LEAST_PRESENT = 3

/**
 * The cases to hold out from now on, besides those that are: of each structure a share of its verified cases, and the same
 * of those that show it, so that a rare one is judged where it is; chosen so that few cases serve many structures. All
 * of a patient's cases or none; never of a patient that a model has learned from. The choice among equals follows from the
 * ids alone, so that nobody's wishes enter it; what is held out stays so.
 *
 * @param frozen the cases that are held out already
 * @param learned patients that the current model, or its parents, learned from
 * @param share 0 to 1 of each structure's verified cases, rounded down; one at least of `LEAST_PRESENT` that show it
 * @returns ids, none of `frozen`
 */
export function grownHoldOut(
  cases: readonly VerifiedIn[],
  frozen: readonly VerifiedIn[],
  learned: ReadonlySet<string>,
  share: number,
): string[] {
  const places = placesOf([...cases, ...frozen])
  const wanted = missingOf(countStrata(cases, places), countStrata(frozen, places), share)
  const useOf = (stratum: number, n: number): number => Math.min(n, Math.max(0, wanted[stratum]))
  const candidates = [...byPatient(cases)]
    .filter(([patient, own]) => !learned.has(patient) && !own.some(({ id }) => learned.has(id)))
    .map(([, own]) => ({ own, strata: countStrata(own, places) }))
    .map(({ own, strata }) => ({ own, strata, gain: strata.reduce((sum, n, stratum) => sum + useOf(stratum, n), 0) }))
    // Nobody's gain ever grows.
    .filter(({ gain }) => gain > 0)
    .map((candidate) => ({ ...candidate, ids: candidate.own.map(({ id }) => id).sort() }))
    .map((candidate) => ({ ...candidate, order: digest(candidate.ids[0]) }))
    .sort((a, b) => a.ids.length - b.ids.length || (a.order < b.order ? -1 : 1))
  const gains = Int32Array.from(candidates, ({ gain }) => gain)
  const sizes = Int32Array.from(candidates, ({ ids }) => ids.length)
  const most = wanted.map((_, stratum) => candidates.reduce((most, { strata }) => Math.max(most, strata[stratum]), 0))
  const chosen: string[] = []
  let bound = Infinity
  for (;;) {
    const best = firstOfGreatest(gains, sizes, bound)
    if (best === null) return chosen
    bound = gains[best] / sizes[best]
    chosen.push(...candidates[best].ids)
    for (const [stratum, taken] of candidates[best].strata.entries()) {
      const before = wanted[stratum]
      wanted[stratum] -= taken
      // While as much is missing as anybody has, nobody's gain changes; nor does it once nothing is.
      if (taken === 0 || before <= 0 || wanted[stratum] >= most[stratum]) continue
      for (const [at, { strata }] of candidates.entries()) {
        gains[at] += useOf(stratum, strata[stratum]) - Math.min(strata[stratum], before)
      }
    }
    gains[best] = 0
  }
}

function byPatient(cases: readonly VerifiedIn[]): Map<string, VerifiedIn[]> {
  const patients = new Map<string, VerifiedIn[]>()
  for (const one of cases) {
    const own = patients.get(one.patient)
    if (own) own.push(one)
    else patients.set(one.patient, [one])
  }
  return patients
}

/**
 * The first of those who gain most; null where nobody does. By case, so that no patient with many cases is taken where
 * one with few would do.
 * @param bound what nobody gains more than: who gains as much ends the search
 */
function firstOfGreatest(gains: Int32Array, sizes: Int32Array, bound: number): number | null {
  let best: number | null = null
  let most = 0
  for (let at = 0; at < gains.length && most < bound; at++) {
    const gain = gains[at] / sizes[at]
    if (gain <= most) continue
    most = gain
    best = at
  }
  return best
}

/** By structure its number. */
type Places = ReadonlyMap<string, number>

function placesOf(cases: readonly VerifiedIn[]): Places {
  const places = new Map<string, number>()
  for (const { structures } of cases)
    for (const name of structures) if (!places.has(name)) places.set(name, places.size)
  return places
}

/** Two strata for each structure: how many cases have it verified, and how many of them show it. */
function countStrata(cases: readonly VerifiedIn[], places: Places): Int32Array {
  const counts = new Int32Array(2 * places.size)
  for (const { structures, present } of cases) {
    for (const name of structures) counts[2 * places.get(name)!]++
    for (const name of present) counts[2 * places.get(name)! + 1]++
  }
  return counts
}

/** How many cases the hold-out still lacks in each stratum. */
function missingOf(free: Int32Array, held: Int32Array, share: number): Int32Array {
  return free.map((_, stratum) => {
    const verified = stratum & ~1
    if (free[verified] + held[verified] < LEAST_VERIFIED) return 0
    const all = free[stratum] + held[stratum]
    const least = stratum === verified ? Infinity : LEAST_PRESENT
    return Math.max(Math.floor(share * all), share > 0 && all >= least ? 1 : 0) - held[stratum]
  })
}

function digest(id: string): string {
  return createHash('sha256').update(`hold-out:${id}`).digest('hex')
}
