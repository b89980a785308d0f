import type { CaseRow } from '../../shared/contract'
import type { Library } from './library'
import { requireRole } from './members'

/**
 * Models are judged by what is verified in a held-out case: where roles are on, taking that back takes an arbiter.
 * @param what as the message says it: 'open it again'
 * @throws EmendError where the user's role does not allow it
 */
export function requireRoleForHeldOut(library: Library, { id, title, role }: CaseRow, what: string): void {
  if (role === 'hold-out') requireRole(library, 'arbiter', `${what}, as ${title} is held out`, id)
}
