import { createHash } from 'node:crypto'

/** A case with the structures that are verified in it. */
export interface VerifiedIn {
  readonly id: string
  readonly structures: readonly string[]
}

/** Below so many verified cases of a structure none is held out for it: they are needed to learn from. */
export const LEAST_VERIFIED = 10

/**
 * The cases to hold out from now on, besides those that are: of each structure a share of its verified cases, chosen so
 * that few cases serve many structures. Never one that a model has learned from. The choice among equals follows from the
 * ids alone, so that nobody's wishes enter it; what is held out stays so.
 *
 * @param frozen the cases that are held out already
 * @param learned ids that the current model, or its parents, learned from
 * @param share 0 to 1 of each structure's verified cases, rounded down
 * @returns ids, none of `frozen`
 */
export function grownHoldOut(
  cases: readonly VerifiedIn[],
  frozen: readonly VerifiedIn[],
  learned: ReadonlySet<string>,
  share: number,
): string[] {
  const wanted = missingOf(cases, frozen, share)
  const candidates = cases
    .filter(({ id }) => !learned.has(id))
    .map((candidate) => ({ ...candidate, order: digest(candidate.id) }))
    .sort((a, b) => (a.order < b.order ? -1 : 1))
  const chosen: string[] = []
  for (;;) {
    const gain = ({ structures }: VerifiedIn): number => structures.filter((name) => (wanted.get(name) ?? 0) > 0).length
    const best = candidates.reduce((a, b) => (gain(b) > gain(a) ? b : a), candidates[0])
    if (!best || gain(best) === 0) return chosen
    chosen.push(best.id)
    candidates.splice(candidates.indexOf(best), 1)
    for (const name of best.structures) wanted.set(name, (wanted.get(name) ?? 0) - 1)
  }
}

/** How many cases each structure still lacks in the hold-out. */
function missingOf(cases: readonly VerifiedIn[], frozen: readonly VerifiedIn[], share: number): Map<string, number> {
  const count = (from: readonly VerifiedIn[], name: string): number =>
    from.filter(({ structures }) => structures.includes(name)).length
  const names = new Set(cases.flatMap(({ structures }) => structures))
  return new Map(
    [...names].map((name) => {
      const held = count(frozen, name)
      const all = count(cases, name) + held
      return [name, all < LEAST_VERIFIED ? 0 : Math.floor(share * all) - held]
    }),
  )
}

function digest(id: string): string {
  return createHash('sha256').update(`hold-out:${id}`).digest('hex')
}
