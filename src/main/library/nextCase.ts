import type { CaseRow } from '../../shared/contract'
import { openStructures } from '../../shared/labels/reviewed'
import { isVerified } from '../../shared/labels/status'
import type { Strategy } from '../../shared/review'
import { listCases } from './cases'
import type { Library } from './library'
import { readingsOf } from './readings'

/** The case to look at next, and where in it. */
export interface NextCase {
  readonly caseId: string
  /** The structure that the strategy chose it for; null where it chose by the case alone. */
  readonly structure: string | null
  /** How much it was chosen by: bits, 1 - DSC, deviations, cases; null where by none of these. */
  readonly value: number | null
}

/** A case at work with something left to review, and what that is. */
interface Candidate {
  readonly row: CaseRow
  readonly open: readonly string[]
}

/**
 * The next case by a strategy, among those at work with something left to review (`openStructures`), also those that were
 * never labelled; null where there is none.
 *
 * - `first`: the oldest import. `random`: any, as `random` says.
 * - `uncertain`, `disagreement`: the open structure with the most entropy, or the least agreement of the last two models.
 * - `mixed`: a case drawn with odds of one to its place in the order of doubt, so that what is learned from them is not the
 *   most doubtful alone (Kirsch et al., Stochastic Batch Acquisition, TMLR 2023, "softrank" with beta 1).
 * - `implausible`: the open structure whose volume is furthest from the library's verified ones, in robust
 *   deviations of its logarithm; all of the library's count until `LEAST_POPULATION` are verified.
 * - `structures`: of the structure with the fewest verified cases the oldest case, so that all grow alike; one with labels
 *   before one without.
 *
 * What was never measured comes after all that was, the oldest first. Cases that are read twice are not offered to those
 * who have read them.
 *
 * @param options.not cases to pass over: the one that is open, say
 */
export function nextCase(
  library: Library,
  strategy: Strategy,
  options: { readonly not?: readonly string[]; readonly random?: () => number } = {},
): NextCase | null {
  const rows = listCases(library)
  const not = new Set([...(options.not ?? []), ...ownReadings(library, rows)])
  const candidates = candidatesOf(rows).filter(({ row }) => !not.has(row.id))
  if (candidates.length === 0) return null
  const random = options.random ?? Math.random
  switch (strategy) {
    case 'first':
      return oldest(candidates)
    case 'random':
      return byItself(candidates[Math.floor(random() * candidates.length)])
    case 'structures':
      return rarestStructure(rows, candidates)
    case 'mixed':
      return drawnByDoubt(library, candidates, random) ?? oldest(candidates)
    case 'implausible':
      return mostImplausible(library, rows, candidates) ?? oldest(candidates)
    default:
      return greatest(library, strategy === 'uncertain' ? 'doubt' : 'disagreement', candidates) ?? oldest(candidates)
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

function byItself({ row }: Candidate): NextCase {
  return { caseId: row.id, structure: null, value: null }
}

function oldest([first]: readonly Candidate[]): NextCase {
  return byItself(first)
}

/** Oldest import first. */
function candidatesOf(rows: readonly CaseRow[]): Candidate[] {
  return rows
    .filter((row) => row.role === 'work')
    .map((row) => ({ row, open: openStructures(row) }))
    .filter(({ open }) => open.length > 0)
    .reverse()
}

/** A figure of an open structure in a candidate's current labels. */
type Figure = NextCase & { readonly structure: string; readonly value: number }

/** What was measured of a structure in the current labels of a case. */
type Measured = readonly [caseId: string, structure: string, value: number]

function measured({ database }: Library, figure: 'doubt' | 'disagreement' | 'volume_ml'): Measured[] {
  return database.tuples(['case_id', 'structure', figure], `SELECT * FROM findings WHERE ${figure} IS NOT NULL`)
}

/** What was measured of the candidates' open structures. */
function figuresOf(all: readonly Measured[], candidates: readonly Candidate[]): Figure[] {
  const open = new Map(candidates.map(({ row, open }) => [row.id, open]))
  return all
    .filter(([caseId, structure]) => open.get(caseId)?.includes(structure))
    .map(([caseId, structure, value]) => ({ caseId, structure, value }))
}

/** The first of the greatest; null where there is none. */
function greatestOf(figures: readonly Figure[]): Figure | null {
  return figures.reduce<Figure | null>((best, one) => (best === null || one.value > best.value ? one : best), null)
}

function greatest(library: Library, figure: 'doubt' | 'disagreement', candidates: readonly Candidate[]): Figure | null {
  return greatestOf(figuresOf(measured(library, figure), candidates))
}

/** Each case by its most doubtful open structure; null where no doubt was ever measured. */
function drawnByDoubt(library: Library, candidates: readonly Candidate[], random: () => number): Figure | null {
  const worst = new Map<string, Figure>()
  for (const figure of figuresOf(measured(library, 'doubt'), candidates)) {
    if (figure.value > (worst.get(figure.caseId)?.value ?? -1)) worst.set(figure.caseId, figure)
  }
  const ranked = [...worst.values()].sort((a, b) => b.value - a.value || a.caseId.localeCompare(b.caseId))
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
function mostImplausible(library: Library, rows: readonly CaseRow[], candidates: readonly Candidate[]): Figure | null {
  const volumes = measured(library, 'volume_ml')
  const populations = populationsOf(volumes, rows)
  const deviations = figuresOf(volumes, candidates).flatMap((figure) => {
    const population = populations.get(figure.structure)
    if (!population || population.count < LEAST_CASES) return []
    // A structure that others have and this case has not is as if it had a thousandth of a millilitre.
    const value = Math.abs(Math.log(Math.max(figure.value, 0.001)) - population.middle) / population.spread
    return [{ ...figure, value }]
  })
  return greatestOf(deviations)
}

interface Population {
  /** Median of the volumes' logarithms, and 1.4826 times the median of what they differ from it by. */
  readonly middle: number
  readonly spread: number
  readonly count: number
}

/** Of each structure the verified volumes, or all where too few are verified; those that have voxels count. */
function populationsOf(volumes: readonly Measured[], rows: readonly CaseRow[]): Map<string, Population> {
  const statuses = new Map(rows.map((row) => [row.id, row.statuses]))
  const logs = new Map<string, { readonly verified: number[]; readonly all: number[] }>()
  for (const [caseId, structure, volume] of volumes) {
    const said = statuses.get(caseId)
    if (said === undefined || volume <= 0) continue
    const known = logs.get(structure) ?? { verified: [], all: [] }
    logs.set(structure, known)
    const log = Math.log(volume)
    known.all.push(log)
    if (said[structure] === 'accepted' || said[structure] === 'corrected') known.verified.push(log)
  }
  return new Map(
    [...logs].map(([structure, { verified, all }]) => [
      structure,
      populationIn(verified.length >= LEAST_POPULATION ? verified : all),
    ]),
  )
}

function populationIn(values: readonly number[]): Population {
  const middle = median(values)
  const spread = 1.4826 * median(values.map((value) => Math.abs(value - middle)))
  return { middle, spread: Math.max(spread, LEAST_SPREAD), count: values.length }
}

function median(values: readonly number[]): number {
  if (values.length === 0) return 0
  const sorted = Float64Array.from(values).sort()
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

function rarestStructure(rows: readonly CaseRow[], candidates: readonly Candidate[]): NextCase | null {
  const verified = new Map<string, number>()
  for (const { statuses } of rows) {
    for (const [name, status] of Object.entries(statuses)) {
      if (isVerified(status)) verified.set(name, (verified.get(name) ?? 0) + 1)
    }
  }
  const labelled = candidates.filter(({ row }) => row.revision !== null)
  const choices = [...labelled, ...candidates.filter(({ row }) => row.revision === null)].flatMap(({ row, open }) =>
    open.map((structure) => ({ caseId: row.id, structure, value: verified.get(structure) ?? 0 })),
  )
  return choices.reduce((best, choice) => (choice.value < best.value ? choice : best))
}
