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
  const wanted = missingOf(cases, frozen, share)
  const candidates = [...byPatient(cases)]
    .filter(([patient, own]) => !learned.has(patient) && !own.some(({ id }) => learned.has(id)))
    .map(([, own]) => ({ ids: own.map(({ id }) => id).sort(), strata: countStrata(own) }))
    .map((candidate) => ({ ...candidate, order: digest(candidate.ids[0]) }))
    .sort((a, b) => a.ids.length - b.ids.length || (a.order < b.order ? -1 : 1))
  const holders = holdersOf(candidates.map(({ strata }) => strata))
  const useOf = (name: string, n: number): number => Math.min(n, Math.max(0, wanted.get(name) ?? 0))
  const gainOf = (strata: ReadonlyMap<string, number>): number =>
    [...strata].reduce((sum, [name, n]) => sum + useOf(name, n), 0)
  const gains = Int32Array.from(candidates, ({ strata }) => gainOf(strata))
  const sizes = Int32Array.from(candidates, ({ ids }) => ids.length)
  const chosen: string[] = []
  for (;;) {
    const best = firstOfGreatest(gains, sizes)
    if (best === null) return chosen
    chosen.push(...candidates[best].ids)
    for (const [name, taken] of candidates[best].strata) {
      const before = wanted.get(name) ?? 0
      wanted.set(name, before - taken)
      const { all, most } = holders.get(name)!
      // While as much is missing as anybody has, nobody's gain changes; nor does it once nothing is.
      if (before <= 0 || before - taken >= most) continue
      for (const { at, n } of all) gains[at] += useOf(name, n) - Math.min(n, before)
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
 */
function firstOfGreatest(gains: Int32Array, sizes: Int32Array): number | null {
  let best: number | null = null
  let most = 0
  for (let at = 0; at < gains.length; at++) {
    const gain = gains[at] / sizes[at]
    if (gain <= most) continue
    most = gain
    best = at
  }
  return best
}

interface Holders {
  readonly all: { readonly at: number; readonly n: number }[]
  most: number
}

/** Who has each stratum, and how often. */
function holdersOf(candidates: readonly ReadonlyMap<string, number>[]): Map<string, Holders> {
  const holders = new Map<string, Holders>()
  for (const [at, strata] of candidates.entries()) {
    for (const [name, n] of strata) {
      const known = holders.get(name) ?? { all: [], most: 0 }
      holders.set(name, known)
      known.all.push({ at, n })
      known.most = Math.max(known.most, n)
    }
  }
  return holders
}

/** A structure by name stands for the cases that have it verified; those that show it count once more. */
const present = (name: string): string => `${name} present`

function countStrata(cases: readonly VerifiedIn[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const name of cases.flatMap((one) => [...one.structures, ...one.present.map(present)])) {
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return counts
}

/** How many cases the hold-out still lacks of each structure, and of those that show it. */
function missingOf(cases: readonly VerifiedIn[], frozen: readonly VerifiedIn[], share: number): Map<string, number> {
  const [free, held] = [countStrata(cases), countStrata(frozen)]
  const missing = (stratum: string, least: number): number => {
    const there = held.get(stratum) ?? 0
    const all = (free.get(stratum) ?? 0) + there
    return Math.max(Math.floor(share * all), share > 0 && all >= least ? 1 : 0) - there
  }
  const enough = [...new Set(cases.flatMap(({ structures }) => structures))].filter(
    (name) => (free.get(name) ?? 0) + (held.get(name) ?? 0) >= LEAST_VERIFIED,
  )
  return new Map(
    enough.flatMap((name) => [
      [name, missing(name, Infinity)],
      [present(name), missing(present(name), LEAST_PRESENT)],
    ]),
  )
}

function digest(id: string): string {
  return createHash('sha256').update(`hold-out:${id}`).digest('hex')
}
