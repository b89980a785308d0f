import type { Library } from './library'
import { beginningOf, isBlind, readingsOf } from './readings'

/** What somebody said or did of a case; null where nobody wrote down who or when. */
export interface Deed {
  readonly author: string | null
  readonly at: string | null
}

/**
 * Which of what was said and done of a case the user may see: all, but for a case that the user may read a second time the
 * user's own, and what others did before the first reading. Later deeds, whoever's, may tell of it.
 */
export function sightOf(library: Library, caseId: string): (deed: Deed) => boolean {
  const readings = readingsOf(library, caseId)
  if (!readings || !isBlind(readings, library.user)) return () => true
  const began = beginningOf(library, caseId, readings.first)
  const { readers } = readings.first
  return ({ author, at }) =>
    author === library.user || (author !== null && at !== null && !readers.includes(author) && at < began)
}
