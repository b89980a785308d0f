import type { NoteRow } from '../../shared/review'
import type { Library } from './library'
import { beginningOf, isBlind, readingsOf } from './readings'

/**
 * What the user may see of what was said of a case, oldest first: all, but for a case that the user may read a second time
 * what was said before the first reading, and the user's own words. Later words, whoever said them, may be about it.
 */
export function visibleNotes(library: Library, caseId: string): NoteRow[] {
  const notes = allNotes(library, caseId)
  const readings = readingsOf(library, caseId)
  if (!readings || !isBlind(readings, library.user)) return notes
  const began = beginningOf(library, caseId, readings.first)
  const { readers } = readings.first
  return notes.filter(({ author, at }) => author === library.user || (!readers.includes(author) && at < began))
}

/** All that was said of a case, oldest first. */
export function allNotes(library: Library, caseId: string): NoteRow[] {
  return library.database.all<NoteRow>(
    'SELECT id, structure, kind, text, revision, author, at FROM notes WHERE case_id = ? ORDER BY id',
    caseId,
  )
}
