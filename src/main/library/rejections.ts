import { EmendError } from '../../shared/errors'
import { commonRejectReasons, REASONS_AT_HAND } from '../../shared/review'
import type { Library } from './library'

/**
 * What goes on record as the reason of a rejection.
 *
 * @param reason null where the reader went back to a state in which the structure was rejected: the last reason counts
 * @throws EmendError where there is none
 */
export function reasonToReject(
  library: Library,
  caseId: string,
  structure: string,
  reason: string | null | undefined,
): string {
  if (reason === null) return lastReason(library, caseId, structure) ?? 'as before; why is not on record'
  const said = reason?.trim() ?? ''
  if (said !== '') return said
  throw new EmendError(`rejecting ${structure} needs a reason`, { hint: 'say in a few words why its mask is no good' })
}

/** Why a structure of a case was rejected last; null where nobody said so. */
export function lastReason({ database }: Library, caseId: string, structure: string): string | null {
  const note = database.get<{ text: string }>(
    "SELECT text FROM notes WHERE case_id = ? AND structure = ? AND kind = 'reject' ORDER BY id DESC LIMIT 1",
    caseId,
    structure,
  )
  return note?.text ?? null
}

/** The user's own last reasons, the newest first, then common ones. Those of others would tell what they think of cases. */
export function reasonsAtHand({ database, user }: Library): string[] {
  const own = database.all<{ text: string }>(
    `SELECT text, max(id) AS last FROM notes WHERE kind = 'reject' AND author = ?
     GROUP BY text ORDER BY last DESC LIMIT ?`,
    user,
    REASONS_AT_HAND,
  )
  return [...new Set([...own.map(({ text }) => text), ...commonRejectReasons])].slice(0, REASONS_AT_HAND)
}
