/** Who says so, for one structure of one label map. */
export const reviewStatuses = ['unreviewed', 'accepted', 'corrected', 'absent', 'rejected'] as const
export type ReviewStatus = (typeof reviewStatuses)[number]

/** Status by structure name; a structure that is not listed is unreviewed. */
export type Statuses = Readonly<Record<string, ReviewStatus>>

/** Verified structures are ground truth: accepted, corrected, or verified not to be there. */
export function isVerified(status: ReviewStatus | undefined): boolean {
  return status === 'accepted' || status === 'corrected' || status === 'absent'
}

/** Whether anything was said of any structure. */
export function isDecided(statuses: Statuses): boolean {
  return Object.values(statuses).some((status) => status !== 'unreviewed')
}

export function verifiedStructures(statuses: Statuses): string[] {
  return Object.keys(statuses).filter((name) => isVerified(statuses[name]))
}
