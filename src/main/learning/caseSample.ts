import { seededRandom } from '../../shared/random'
import { shuffled } from './caseOrder'

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
  const shownBy = (name: string): number => (name === NOTHING ? Infinity : (counts.get(name) ?? 0))
  if (cases.reduce((sum, { share }) => sum + share, 0) <= room) return [...cases]
  const newest = [...cases].sort((a, b) => (a.at === b.at ? (a.id < b.id ? -1 : 1) : a.at < b.at ? 1 : -1))
  for (const one of newest) {
    if (taken + one.share > NEWEST * room) break
    take(one)
  }
  const waiting = waitingByStructure(shuffled(cases, seededRandom(seed).fork('cases')))
  while (waiting.size > 0) {
    const rarest = [...waiting.keys()].reduce((a, b) => (shownBy(b) < shownBy(a) ? b : a))
    const one = waiting.get(rarest)?.pop()
    if (one === undefined) waiting.delete(rarest)
    // What does not fit now will not fit later.
    else if (!chosen.has(one) && taken + one.share <= room) take(one)
  }
  if (chosen.size === 0 && newest.length > 0) take(newest[0])
  return cases.filter((one) => chosen.has(one))
}

/** What cases that show no structure wait under; they come last. */
const NOTHING = ''

/** The cases that show each structure, in an order that is the same for all. */
function waitingByStructure<T extends Weighed>(cases: readonly T[]): Map<string, T[]> {
  const waiting = new Map<string, T[]>()
  for (const one of cases) {
    for (const name of one.shows.length > 0 ? one.shows : [NOTHING]) {
      const queue = waiting.get(name)
      if (queue) queue.push(one)
      else waiting.set(name, [one])
    }
  }
  return waiting
}
