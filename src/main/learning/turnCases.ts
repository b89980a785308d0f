import type { CaseRow } from '../../shared/contract'
import type { Device } from '../graph/session'
import type { Library } from '../library/library'
import { caseRoom, type Training } from './caseRoom'
import { sampleCases } from './caseSample'
import { runsSoFar } from './cycleFile'
import type { VerifiedCase } from './libraryCases'

export interface RoomOptions {
  readonly device?: Device
  /** Bytes that a turn may take; what is at hand where left out. */
  readonly memory?: number
}

/** The seed of the turn that begins next: what was kept out is not made again, bit by bit, from the same cases. */
export function nextSeed(library: Library): number {
  return runsSoFar(library) + 1
}

/** What a turn learns from of all that it could: as many cases as fit into memory beside the steps. */
export interface TurnCases {
  readonly verified: readonly VerifiedCase[]
  /** The first of these images that fit beside them. */
  readonly unread: readonly CaseRow[]
}

/**
 * Draws the cases of the next turn (`sampleCases`).
 * @param trainings that it will do with them, one after the other
 * @param replayed phantoms beside them, taken to be as large
 */
export function drawTurnCases(
  library: Library,
  from: { readonly verified: readonly VerifiedCase[]; readonly unread: readonly CaseRow[]; readonly replayed: number },
  trainings: readonly Training[],
  options: RoomOptions,
  seed = nextSeed(library),
): TurnCases {
  const { verified, unread, replayed } = from
  const share = caseRoom([...verified.map(({ row }) => row), ...unread], trainings, options)
  const readAt = lastVerified(library)
  const weighed = verified.map((one) => {
    const { id, importedAt } = one.row
    return { one, id, at: readAt.get(id) ?? importedAt, shows: shownIn(one), share: share(one.row) }
  })
  const sum = (all: readonly { readonly share: number }[]): number => all.reduce((a, b) => a + b.share, 0)
  const room = 1 - (replayed * sum(weighed)) / Math.max(1, weighed.length)
  const drawn = sampleCases(weighed, room, seed)
  let left = room - sum(drawn)
  const fitting = unread.filter((row) => (left -= share(row)) >= 0)
  return { verified: drawn.map(({ one }) => one), unread: fitting }
}

/** The structures that are verified in a case and there. */
export function shownIn({ row, verified }: VerifiedCase): string[] {
  return verified.filter((name) => row.statuses[name] !== 'absent')
}

/** When a reader last said something of each case, or drew in it. */
function lastVerified({ database }: Library): Map<string, string> {
  const rows = database.tuples<[string, string]>(
    ['id', 'at'],
    `SELECT case_id AS id, MAX(at) AS at FROM reviews WHERE status IN ('accepted', 'corrected', 'absent') GROUP BY case_id
     UNION ALL SELECT case_id, MAX(created_at) FROM revisions WHERE origin = 'reader' GROUP BY case_id`,
  )
  const last = new Map<string, string>()
  for (const [id, at] of rows) if (at > (last.get(id) ?? '')) last.set(id, at)
  return last
}
