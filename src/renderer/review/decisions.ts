import type { CaseRow } from '../../shared/contract'
import { isVerified, type ReviewStatus, type Statuses } from '../../shared/labels/status'
import type { StatusChange } from '../editor/history'
import { withName, withoutName, type NameSet } from './nameSets'
import { changedStatuses, isSettled, statusOf } from './structures'

/** What leads from some statuses to others. */
export function statusChanges(from: Statuses, to: Statuses): StatusChange[] {
  return changedStatuses(from, to).map(([structure, after]) => ({
    structure,
    before: statusOf(from, structure),
    after,
  }))
}

/** Why structures are rejected, by name, as far as it is known here. */
export type Reasons = Readonly<Record<string, string>>

/** Changes that keep why a structure is rejected, so that undo and redo know it. */
export function because(changes: readonly StatusChange[], reasons: Reasons): StatusChange[] {
  return changes.map((change) => {
    const reason = change.before === 'rejected' || change.after === 'rejected' ? reasons[change.structure] : undefined
    return reason === undefined ? change : { ...change, reason }
  })
}

/** The reasons after changes, or before them again. */
export function reasonsAfter(
  reasons: Reasons,
  changes: readonly StatusChange[],
  direction: 'forward' | 'back',
): Reasons {
  const given = changes.filter(({ before, after }) => (direction === 'forward' ? after : before) === 'rejected')
  return {
    ...reasons,
    ...Object.fromEntries(
      given.flatMap(({ structure, reason }) => (reason === undefined ? [] : [[structure, reason]])),
    ),
  }
}

/** Why a status cannot be set by a key, in one line: models are judged by a held-out case. null where it can. */
export function heldOutObstacle(role: CaseRow['role'], before: ReviewStatus, after: ReviewStatus): string | null {
  return role === 'hold-out' && isVerified(before) && !isVerified(after)
    ? 'This case is held out: open it again, or reject the structure, under its comments and decisions'
    : null
}

/** Statuses and locks after changes, or before them again: what is settled locks, what no longer is unlocks. */
export function decided(
  { statuses, locked }: { readonly statuses: Statuses; readonly locked: NameSet },
  changes: readonly StatusChange[],
  direction: 'forward' | 'back',
): { statuses: Statuses; locked: NameSet } {
  const next = { ...statuses }
  let locks = locked
  for (const { structure, before, after } of changes) {
    const [from, to] = direction === 'forward' ? [before, after] : [after, before]
    next[structure] = to
    // What is only painted on is still being worked at.
    if (isSettled(to)) locks = withName(locks, structure)
    else if (isSettled(from) && !isVerified(to)) locks = withoutName(locks, structure)
  }
  return { statuses: next, locked: locks }
}

/** What the library has now taken over, of those structures that are still as they were `sent`: a later decision stays. */
export function adopted(
  now: { readonly statuses: Statuses; readonly locked: NameSet },
  sent: Statuses,
  stored: Statuses,
): { statuses: Statuses; locked: NameSet } {
  const changes = statusChanges(sent, stored).filter(
    ({ structure, before }) => statusOf(now.statuses, structure) === before,
  )
  return decided(now, changes, 'forward')
}
