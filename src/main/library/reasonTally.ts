import type { ReasonTally } from '../../shared/site'

/** The same reasons as one, however they are spaced and capitalised, the most frequent first; as they were written first. */
export function mergeReasons(tallies: readonly ReasonTally[]): ReasonTally[] {
  const byKey = new Map<string, ReasonTally>()
  for (const { reason, count } of tallies) {
    const key = reason === null ? '' : reason.trim().replace(/\s+/g, ' ').toLowerCase()
    const known = byKey.get(key)
    byKey.set(key, { reason: known?.reason ?? reason, count: (known?.count ?? 0) + count })
  }
  return [...byKey.values()].sort((a, b) => b.count - a.count || (a.reason ?? '').localeCompare(b.reason ?? ''))
}
