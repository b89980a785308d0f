import { isVerified, type ReviewStatus, type Statuses } from './status'

/*
 * What there is to review in a case: the one definition that the next case, searches, counts, statistics of a case and the
 * window share. A row of the worklist carries its outcome as `reviewedFor`.
 */

/** What decides which structures a case is reviewed for. */
export interface StructuresOfCase {
  /** The names of its schema's structures, in their order. */
  readonly structures: readonly string[]
  /** What the model finds that labelled it, else the one in use for its schema; null where the schema has no model. */
  readonly offered: readonly string[] | null
  readonly statuses: Statuses
  /** Whether its mask has voxels of a structure. */
  readonly isDrawn: (structure: string) => boolean
}

/**
 * The structures that a case is reviewed for, verified or not, in the schema's order: those that its model offers, that are
 * drawn, or that something was said of; all of them where no model offers any. What no model looked for and nobody drew
 * is nobody's work until somebody says so.
 */
export function reviewedStructures({ structures, offered, statuses, isDrawn }: StructuresOfCase): string[] {
  if (offered === null) return [...structures]
  return structures.filter(
    (name) => offered.includes(name) || (statuses[name] ?? 'unreviewed') !== 'unreviewed' || isDrawn(name),
  )
}

/** Whether a structure with this status waits for a reader. What was rejected waits for a new model. */
export function isOpen(status: ReviewStatus | undefined): boolean {
  return !isVerified(status) && status !== 'rejected'
}

/** What a case is reviewed for, and what was said of it: a row of the worklist is one. */
export interface Reviewed {
  readonly reviewedFor: readonly string[]
  readonly statuses: Statuses
}

/** What is left to review in a case. */
export function openStructures({ reviewedFor, statuses }: Reviewed): string[] {
  return reviewedFor.filter((name) => isOpen(statuses[name]))
}

/** Whether a case has structures to review, and nothing of them is left. */
export function isReviewed({ reviewedFor, statuses }: Reviewed): boolean {
  return reviewedFor.length > 0 && !reviewedFor.some((name) => isOpen(statuses[name]))
}
