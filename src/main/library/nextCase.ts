import { isVerified } from '../../shared/labels/status'
import type { Strategy } from '../../shared/review'
import type { StructuresOf } from '../../shared/caseQuery'
import type { CaseRow } from '../../shared/contract'
import { listCases } from './cases'
import type { Library } from './library'
import { readingsOf } from './readings'
import { structuresIn } from './structures'

/** The case to look at next, and where in it. */
export interface NextCase {
  readonly caseId: string
  /** The structure that the strategy chose it for; null where it chose by the case alone. */
  readonly structure: string | null
  /** How much it was chosen by: bits, 1 - DSC, deviations; null where by none of these. */
  readonly value: number | null
}

/** Structures that nobody verified, in cases at work that have labels. */
interface Candidate {
  readonly row: CaseRow
  readonly open: readonly string[]
}

/**
 * The next case by a strategy, among those at work with labels and something left to verify; null where there is none.
 *
 * - `first`: the oldest import. `random`: any, as `random` says.
 * - `uncertain`, `disagreement`: the unverified structure with the most entropy, or the least agreement of the last two
 *   models. What was never measured comes last.
 * - `mixed`: a case drawn with odds of one to its place in the order of doubt, so that what is learned from them is not the
 *   most doubtful alone (Kirsch et al., Stochastic Batch Acquisition, TMLR 2023, "softrank" with beta 1).
 * - `implausible`: the unverified structure whose volume is furthest from the library's verified ones, in robust
 *   deviations of its logarithm; all of the library's count until `LEAST_POPULATION` are verified.
 * - `structures`: of the structure with the fewest verified cases the oldest case, so that all grow alike.
 *
 * Cases that are read twice are not offered to those who have read them.
 *
 * @param not a case to pass over: the one that is open
 */
export function nextCase(
  library: Library,
  strategy: Strategy,
  options: { readonly not?: string; readonly random?: () => number } = {},
): NextCase | null {
  const rows = listCases(library)
  const not = [...(options.not === undefined ? [] : [options.not]), ...ownReadings(library, rows)]
  const candidates = candidatesOf(rows, structuresIn(library)).filter(({ row }) => !not.includes(row.id))
  if (candidates.length === 0) return null
  switch (strategy) {
    case 'first':
      return oldest(candidates)
    case 'random': {
      const at = Math.floor((options.random ?? Math.random)() * candidates.length)
      return { caseId: candidates[at].row.id, structure: null, value: null }
    }
    case 'structures':
      return rarestStructure(library, candidates)
    case 'mixed':
      return drawnByDoubt(library, not, options.random ?? Math.random) ?? oldest(candidates)
    case 'implausible':
      return mostImplausible(library, not) ?? oldest(candidates)
    default:
      return greatest(library, strategy === 'uncertain' ? 'doubt' : 'disagreement', not) ?? oldest(candidates)
  }
}

/** Cases with a reading of the library's user that wait for another's, or for an arbiter. */
function ownReadings(library: Library, rows: readonly CaseRow[]): string[] {
  return rows.flatMap(({ id, facts }) => {
    const readings = facts?.reading ? readingsOf(library, id) : null
    const readers = [...(readings?.first.readers ?? []), ...(readings?.second?.readers ?? [])]
    return readers.includes(library.user) ? [id] : []
  })
}

function oldest([{ row }]: readonly Candidate[]): NextCase {
  return { caseId: row.id, structure: null, value: null }
}

/** Oldest import first. */
function candidatesOf(rows: readonly CaseRow[], structuresOf: StructuresOf): Candidate[] {
  return rows
    .filter((row) => row.role === 'work' && row.revision !== null)
    .map((row) => ({ row, open: openStructures(row, structuresOf(row.schema)) }))
    .filter(({ open }) => open.length > 0)
    .reverse()
}

/** What was rejected waits for a new model, not for a reader. */
function openStructures({ statuses }: CaseRow, structures: readonly string[]): string[] {
  return structures.filter((name) => !isVerified(statuses[name]) && statuses[name] !== 'rejected')
}

/** Findings of structures to review, as `candidatesOf` has them; the value is the cases to pass over, as JSON. */
const OPEN_FINDINGS = `
  FROM findings JOIN cases ON cases.id = findings.case_id
  WHERE cases.removed_at IS NULL AND cases.role = 'work' AND cases.revision IS NOT NULL
    AND cases.id NOT IN (SELECT value FROM json_each(?))
    AND coalesce(json_extract(cases.statuses, '$."' || findings.structure || '"'), 'unreviewed') = 'unreviewed'`

/** By the index of the figure, so that no more cases are looked at than come before the first that is open. */
function greatest({ database }: Library, figure: 'doubt' | 'disagreement', not: readonly string[]): NextCase | null {
  const found = database.get<NextCase>(
    `SELECT findings.case_id AS caseId, findings.structure AS structure, findings.${figure} AS value ${OPEN_FINDINGS}
       AND findings.${figure} IS NOT NULL ORDER BY findings.${figure} DESC LIMIT 1`,
    JSON.stringify(not),
  )
  return found ?? null
}

/** Each case by its most doubtful open structure; null where no doubt was ever measured. */
function drawnByDoubt({ database }: Library, not: readonly string[], random: () => number): NextCase | null {
  const ranked = database.all<NextCase>(
    `SELECT findings.case_id AS caseId, findings.structure AS structure, max(findings.doubt) AS value ${OPEN_FINDINGS}
       AND findings.doubt IS NOT NULL GROUP BY findings.case_id ORDER BY value DESC, caseId`,
    JSON.stringify(not),
  )
  const odds = ranked.map((_, place) => 1 / (place + 1))
  let left = random() * odds.reduce((sum, one) => sum + one, 0)
  return ranked.find((_, place) => (left -= odds[place]) < 0) ?? ranked.at(-1) ?? null
}

/** So many verified volumes of a structure make a population of their own. */
const LEAST_POPULATION = 8
/** With fewer cases than this there is nothing to be unlike. */
const LEAST_CASES = 3
/** A structure's logarithmic volume varies by at least this, so that few alike cases make no outlier of the next. */
const LEAST_SPREAD = 0.1

/** The open structure whose volume is furthest from the population's; null where there is no population. */
function mostImplausible(library: Library, not: readonly string[]): NextCase | null {
  const populations = populationsOf(library)
  const { volumes } = library.database.get<{ volumes: string }>(
    `SELECT json_group_array(json_array(findings.case_id, findings.structure, findings.volume_ml)) AS volumes
     ${OPEN_FINDINGS}`,
    JSON.stringify(not),
  )!
  let best: NextCase | null = null
  for (const [caseId, structure, volumeMl] of JSON.parse(volumes) as [string, string, number][]) {
    const population = populations.get(structure)
    if (!population || population.count < LEAST_CASES) continue
    // A structure that others have and this case has not is as if it had a thousandth of a millilitre.
    const value = Math.abs(Math.log(Math.max(volumeMl, 0.001)) - population.middle) / population.spread
    if (best === null || value > (best.value ?? 0)) best = { caseId, structure, value }
  }
  return best
}

interface Population {
  /** Median of the volumes' logarithms, and 1.4826 times the median of what they differ from it by. */
  readonly middle: number
  readonly spread: number
  readonly count: number
}

/** Of each structure the verified volumes, or all where too few are verified. */
function populationsOf({ database }: Library): Map<string, Population> {
  const groups = database.all<{ structure: string; verified: number; volumes: string }>(
    `SELECT structure, json_group_array(volume_ml) AS volumes,
       coalesce(json_extract(cases.statuses, '$."' || structure || '"') IN ('accepted', 'corrected'), 0) AS verified
     FROM findings JOIN cases ON cases.id = findings.case_id WHERE volume_ml > 0 AND cases.removed_at IS NULL
     GROUP BY structure, verified`,
  )
  const logs = (structure: string, verified?: number): number[] =>
    groups
      .filter((group) => group.structure === structure && (verified === undefined || group.verified === verified))
      .flatMap(({ volumes }) => (JSON.parse(volumes) as number[]).map(Math.log))
  const populations = new Map<string, Population>()
  for (const structure of new Set(groups.map((group) => group.structure))) {
    const known = logs(structure, 1)
    const values = known.length >= LEAST_POPULATION ? known : logs(structure)
    const middle = median(values)
    const spread = 1.4826 * median(values.map((value) => Math.abs(value - middle)))
    populations.set(structure, { middle, spread: Math.max(spread, LEAST_SPREAD), count: values.length })
  }
  return populations
}

function median(values: readonly number[]): number {
  if (values.length === 0) return 0
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

function rarestStructure(library: Library, candidates: readonly Candidate[]): NextCase | null {
  const verified = new Map<string, number>()
  for (const { statuses } of listCases(library)) {
    for (const [name, status] of Object.entries(statuses)) {
      if (isVerified(status)) verified.set(name, (verified.get(name) ?? 0) + 1)
    }
  }
  const choices = candidates.flatMap(({ row, open }) =>
    open.map((structure) => ({ caseId: row.id, structure, value: verified.get(structure) ?? 0 })),
  )
  return choices.reduce((best, choice) => (choice.value < best.value ? choice : best))
}
