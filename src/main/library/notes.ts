import { EmendError } from '../../shared/errors'
import { isVerified } from '../../shared/labels/status'
import type { NoteKind } from '../../shared/review'
import { recordAudit } from './audit'
import { getCase } from './cases'
import { requireRoleForHeldOut } from './heldOut'
import type { Library } from './library'
import { setStatus } from './reviews'

/** What is said of a case, or of one structure of it. */
export interface NewNote {
  readonly structure?: string | null
  readonly kind: NoteKind
  readonly text: string
  /** The revision that it is said of; the case's current one where left out. */
  readonly revision?: string | null
}

/** Appends a note. @throws EmendError where there is no such case, or a comment says nothing. */
export function addNote(library: Library, caseId: string, { structure = null, kind, text, revision }: NewNote): void {
  const { revision: current } = getCase(library, caseId)
  const said = text.trim()
  if (kind !== 'flag' && kind !== 'unflag' && said === '') throw new EmendError(`a ${kind} needs a few words`)
  const { database } = library
  database.transaction(() => {
    database.run(
      'INSERT INTO notes (case_id, structure, kind, text, revision, author, at) VALUES (?, ?, ?, ?, ?, ?, ?)',
      caseId,
      structure,
      kind,
      said,
      revision === undefined ? current : revision,
      library.user,
      new Date().toISOString(),
    )
    // The audit is read by others than the case: it says that something was said, not what.
    recordAudit(library, kind, caseId, structure ?? 'the case')
  })
}

/**
 * Says that a structure's mask is no good, and why; it is not learned from.
 * @throws EmendError where the case is held out and the user's role does not allow it
 */
export function rejectStructure(library: Library, caseId: string, structure: string, reason: string): void {
  const row = getCase(library, caseId)
  if (isVerified(row.statuses[structure])) requireRoleForHeldOut(library, row, `reject ${structure}`)
  library.database.transaction(() => {
    addNote(library, caseId, { structure, kind: 'reject', text: reason })
    setStatus(library, caseId, structure, 'rejected')
  })
}

/**
 * Opens verified structures for review again: all that are verified, or those that are named. What was said stays in the
 * history, and the masks stay as they are.
 *
 * @returns the structures that are open now and were not before
 * @throws EmendError where none of them is verified, or the case is held out and the user's role does not allow it
 */
export function reopenCase(
  library: Library,
  caseId: string,
  reason: string,
  structures?: readonly string[],
): readonly string[] {
  const row = getCase(library, caseId)
  const { statuses, title } = row
  const verified = Object.keys(statuses).filter((name) => isVerified(statuses[name]))
  const reopened = structures ? verified.filter((name) => structures.includes(name)) : verified
  if (reopened.length === 0) throw new EmendError(`${title} has nothing verified to open again`)
  requireRoleForHeldOut(library, row, 'open it again')
  library.database.transaction(() => {
    for (const name of reopened) setStatus(library, caseId, name, 'unreviewed')
    addNote(library, caseId, { kind: 'reopen', text: reason, structure: reopened.length === 1 ? reopened[0] : null })
  })
  return reopened
}
