import type { CaseDetail } from '../../shared/contract'
import { reviewedStructures } from '../../shared/labels/reviewed'
import type { Structure } from '../../shared/labels/schema'
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

/** As much of an open case as decides what there is to decide in it. */
export interface UnderReview {
  readonly detail: CaseDetail
  readonly statuses: Statuses
  readonly locked: NameSet
  volumeMl(structure: Structure): number
}

/** What a case is reviewed for (`reviewedStructures`), as it is in the reader's hands. */
export function reviewedNow(opened: UnderReview): string[] {
  const { offered, schema } = opened.detail
  const drawn = new Set(schema.structures.filter((one) => opened.volumeMl(one) > 0).map(({ name }) => name))
  const structures = schema.structures.map(({ name }) => name)
  return reviewedStructures({ structures, offered, statuses: opened.statuses, isDrawn: (name) => drawn.has(name) })
}

/**
 * Why a structure cannot be given a status by hand, in one line; null where it can.
 *
 * - What is absent has no voxels: locked ones stay.
 * - An empty mask says that there is nothing only where somebody looked: it would be learned from as a case without it.
 * - Models are judged by a held-out case: what is verified in it is not taken back by a key.
 */
export function obstacleTo(opened: UnderReview, structure: Structure, wanted: ReviewStatus): string | null {
  const { name, title } = structure
  const { row, sought } = opened.detail
  const isEmpty = opened.volumeMl(structure) === 0
  const known = isVerified(opened.statuses[name])
  if (wanted === 'absent' && !isEmpty && opened.locked.has(name)) {
    return `${title} is locked: unlock it to mark it absent`
  }
  if (wanted === 'accepted' && isEmpty && !known && !sought.includes(name)) {
    return `No model looked for ${title} here: draw it, or mark it absent`
  }
  return row.role === 'hold-out' && known && !isVerified(wanted)
    ? 'This case is held out: open it again, or reject the structure, under its comments and decisions'
    : null
}

/** What a structure becomes that the reader finds right as it is: without voxels it is absent. */
export function asItIs(status: ReviewStatus, volumeMl: number): ReviewStatus {
  return isVerified(status) ? status : volumeMl === 0 ? 'absent' : 'accepted'
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
