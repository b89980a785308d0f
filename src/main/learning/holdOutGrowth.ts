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
  // By case, so that no patient with many cases is taken where one with few would do.
  const gain = ({ ids, strata }: (typeof candidates)[number]): number =>
    [...strata].reduce((sum, [name, n]) => sum + Math.min(n, Math.max(0, wanted.get(name) ?? 0)), 0) / ids.length
  const queue = candidates.map((one, order) => ({ one, order, gain: gain(one) })).sort(worstFirst)
  const chosen: string[] = []
  // What one gains only falls while others are chosen: whose gain is what it was when it was queued is the best.
  for (let best = queue.pop(); best && best.gain > 0; best = queue.pop()) {
    const now = gain(best.one)
    if (now < best.gain) {
      const again = { ...best, gain: now }
      queue.splice(placeOf(again, queue), 0, again)
      continue
    }
    chosen.push(...best.one.ids)
    for (const [name, n] of best.one.strata) wanted.set(name, (wanted.get(name) ?? 0) - n)
  }
  return chosen
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

interface Queued {
  readonly gain: number
  readonly order: number
}

/** Of equal gain the first in order goes last, which is where a queue is taken from. */
const worstFirst = (a: Queued, b: Queued): number => a.gain - b.gain || b.order - a.order

/** Where something belongs in a queue that is in order. */
function placeOf(one: Queued, queue: readonly Queued[]): number {
  let [low, high] = [0, queue.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (worstFirst(queue[middle], one) < 0) low = middle + 1
    else high = middle
  }
  return low
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
