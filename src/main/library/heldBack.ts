import type { Library } from './library'
import { ownRole } from './members'
import { blindCases } from './readings'
import { sightOf, type Deed } from './sight'

/**
 * The numbers of the audit's entries that tell the user of a first reading that they may not see (`sightOf`), of all cases.
 * The chain stays whole: they are left out of what is shown, never of what is stored or checked.
 */
export function heldBackEntries(library: Library): number[] {
  return blindCases(library).flatMap((caseId) => heldBackOf(library, caseId))
}

/** As `heldBackEntries`, of one case. How a case came into the library tells nothing of a reading. */
export function heldBackOf(library: Library, caseId: string): number[] {
  const sees = sightOf(library, caseId)
  return library.database
    .all<Deed & { readonly id: number }>(
      "SELECT id, who AS author, at FROM audit WHERE subject = ? AND action <> 'import'",
      caseId,
    )
    .filter((entry) => !sees(entry))
    .map(({ id }) => id)
}

/** What is left out of the audit that the user takes along: nothing for a named administrator, who answers for the site. */
export function leftOutOfExport(library: Library): number[] {
  return ownRole(library) === 'administrator' ? [] : heldBackEntries(library)
}
