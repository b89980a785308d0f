import { seededRandom } from '../../shared/random'

/** A case that could be learned from, as a sample weighs it. */
export interface Weighed {
  readonly id: string
  /** When a reader last verified something of it, ISO. */
  readonly at: string
  /** Structures that were verified and are there. */
  readonly shows: readonly string[]
  /** Part of the memory that it takes, 0 to 1. */
  readonly share: number
}

/** This part of a sample is kept for the newest. */
const NEWEST = 1 / 3

/**
 * The cases that one turn learns from, where not all of them fit: first the newest, then, one after the other, a case
 * with the structure that the fewest so far show. So rare structures are there each time, and over the turns all cases.
 * The same of the same cases and seed, and one at least.
 *
 * @param room what may be taken of the memory, as `share` counts it
 * @returns in their order
 */
export function sampleCases<T extends Weighed>(cases: readonly T[], room: number, seed: number): T[] {
  const chosen = new Set<T>()
  const counts = new Map<string, number>()
  let taken = 0
  const take = (one: T): void => {
    chosen.add(one)
    taken += one.share
    for (const name of one.shows) counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  if (cases.reduce((sum, { share }) => sum + share, 0) <= room) return [...cases]
  const newest = [...cases].sort((a, b) => (a.at === b.at ? (a.id < b.id ? -1 : 1) : a.at < b.at ? 1 : -1))
  for (const one of newest) {
    if (taken + one.share > NEWEST * room) break
    take(one)
  }
  const random = seededRandom(seed).fork('cases')
  for (;;) {
    const fitting = cases.filter((one) => !chosen.has(one) && taken + one.share <= room)
    if (fitting.length === 0) break
    const names = [...new Set(fitting.flatMap(({ shows }) => shows))].sort()
    const rarest = names.reduce((a, b) => ((counts.get(b) ?? 0) < (counts.get(a) ?? 0) ? b : a), names[0])
    const candidates = fitting.filter(({ shows }) => names.length === 0 || shows.includes(rarest))
    take(candidates[random.int(candidates.length)])
  }
  if (chosen.size === 0 && newest.length > 0) take(newest[0])
  return cases.filter((one) => chosen.has(one))
}
