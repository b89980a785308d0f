import { EmendError } from '../../shared/errors'
import { memberRoles, type MemberRole } from '../../shared/review'
import { recordAudit } from './audit'
import type { Library } from './library'

/**
 * Who may do what, where a site turns roles on by naming an administrator; without that everybody may do everything.
 * Names are the system's, so this keeps colleagues from mistakes; whoever may write to the folder can write to its files.
 */
export interface Member {
  readonly name: string
  readonly role: MemberRole
}

export function listMembers(library: Library): Member[] {
  return library.database.all<Member>('SELECT name, role FROM members ORDER BY name')
}

/** The role of the library's user; null where roles are off. Who is not named is a reader. */
export function ownRole(library: Library): MemberRole | null {
  const members = listMembers(library)
  if (members.length === 0) return null
  return members.find(({ name }) => name === library.user)?.role ?? 'reader'
}

/**
 * Refuses what the user's role does not allow; the refusal is on record.
 * @param what as the message says it: 'promote a model by hand'
 * @throws EmendError that says which role it takes
 */
export function requireRole(library: Library, needed: MemberRole, what: string, subject: string | null = null): void {
  const role = ownRole(library)
  if (role === null || memberRoles.indexOf(role) >= memberRoles.indexOf(needed)) return
  recordAudit(library, 'refused', subject, `${what}: ${role}, where it takes ${needed}`)
  throw new EmendError(`${library.user} may not ${what}: that takes an ${needed}`, {
    hint: `ask ${administrators(library).join(' or ')}`,
  })
}

/**
 * Refuses, where roles are on, to judge what is one's own; the refusal is on record.
 * @param readers whose it is
 * @throws EmendError where the library's user is one of them
 */
export function requireImpartial(
  library: Library,
  readers: readonly string[],
  what: string,
  subject: string | null = null,
): void {
  if (ownRole(library) === null || !readers.includes(library.user)) return
  recordAudit(library, 'refused', subject, `${what}: one of the readers`)
  throw new EmendError(`${library.user} may not ${what}: one of the readings is theirs`, {
    hint: 'ask another arbiter, or an administrator who did not read it',
  })
}

/**
 * Gives a user a role, or takes it away (null). The first to be named has to be an administrator, and the last
 * administrator stays while anybody else has a role.
 */
export function setMember(library: Library, name: string, role: MemberRole | null): void {
  requireRole(library, 'administrator', 'change roles')
  const { database } = library
  database.transaction(() => {
    if (role === null) database.run('DELETE FROM members WHERE name = ?', name)
    else
      database.run(
        'INSERT INTO members VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET role = excluded.role',
        name,
        role,
      )
    if (listMembers(library).length > 0 && administrators(library).length === 0) {
      throw new EmendError('there would be no administrator', { hint: 'name another one first' })
    }
    recordAudit(library, 'role', name, role ?? 'none')
  })
}

/** Takes every role away: everybody may do everything again. */
export function turnRolesOff(library: Library): void {
  requireRole(library, 'administrator', 'turn roles off')
  library.database.transaction(() => {
    const taken = library.database.run('DELETE FROM members')
    if (taken > 0) recordAudit(library, 'role', null, 'roles are off')
  })
}

function administrators(library: Library): string[] {
  return listMembers(library)
    .filter(({ role }) => role === 'administrator')
    .map(({ name }) => name)
}
