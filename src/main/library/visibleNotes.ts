import type { NoteRow } from '../../shared/review'
import type { Library } from './library'
import { sightOf } from './sight'

/** What the user may see of what was said of a case (`sightOf`), oldest first. */
export function visibleNotes(library: Library, caseId: string): NoteRow[] {
  return allNotes(library, caseId).filter(sightOf(library, caseId))
}

/** All that was said of a case, oldest first. */
export function allNotes(library: Library, caseId: string): NoteRow[] {
  return library.database.all<NoteRow>(
    'SELECT id, structure, kind, text, revision, author, at FROM notes WHERE case_id = ? ORDER BY id',
    caseId,
  )
}
