import * as v from 'valibot'
import { TimeOfDay } from '../../shared/contract'
import { recordAudit } from '../library/audit'
import { listJobs } from '../library/jobsTable'
import type { Library } from '../library/library'
import { readSetting, writeSetting } from '../library/settingsTable'

const SETTING = 'learnAt'

/** When the library learns by itself, every day; null where it does not. */
export function learningHour(library: Library): string | null {
  return readSetting(library, SETTING, v.nullable(TimeOfDay))
}

export function setLearningHour(library: Library, at: string | null): void {
  if (at === learningHour(library)) return
  library.database.transaction(() => {
    writeSetting(library, SETTING, at)
    recordAudit(library, 'settings', null, at === null ? 'does not learn by itself' : `learns by itself at ${at}`)
  })
}

/**
 * Whether it is time: the hour has passed since the library last learned, and something was verified since. A machine that
 * was off at that hour learns when it is on again.
 */
export function isTimeToLearn(library: Library, now = new Date()): boolean {
  const at = learningHour(library)
  if (at === null) return false
  const last = listJobs(library, 1000).find(({ kind }) => kind === 'learn')?.startedAt ?? ''
  if (last >= lastPassing(at, now).toISOString()) return false
  const verified = library.database.get(
    "SELECT id FROM reviews WHERE status IN ('accepted', 'corrected', 'absent') AND at > ? LIMIT 1",
    last,
  )
  return verified !== undefined
}

/** The last moment at which a clock on the wall showed this time. */
export function lastPassing(at: string, now: Date): Date {
  const [hours, minutes] = at.split(':').map(Number)
  const today = new Date(now)
  today.setHours(hours, minutes, 0, 0)
  if (today <= now) return today
  today.setDate(today.getDate() - 1)
  return today
}
