import * as v from 'valibot'
import type { LibrarySettings } from '../../shared/contract'
import { count } from '../../shared/count'
import type { JobRow } from '../../shared/jobs'
import { openCases } from '../../shared/openCases'
import { recordAudit } from '../library/audit'
import { listCasesNamed } from '../library/cases'
import type { Library } from '../library/library'
import { modelsInUse } from '../library/models'
import { readSetting, writeSetting } from '../library/settingsTable'
import type { Task } from './messages'
import type { JobRunner } from './runner'

/** Which new cases are segmented as they come. */
export type NewCases = Required<Pick<LibrarySettings, 'segmentWatched' | 'segmentImported'>>

const settings = {
  segmentWatched: 'new cases of the watched folder',
  segmentImported: 'new cases of other imports',
} as const

/** What came and is not segmented yet: a window that is closed goes on when it is next opened. */
const WAITING = 'newCasesToSegment'

/** What nobody imports by hand is to be ready when a reader comes; who imports decides. */
export function newCasesSegmented(library: Library): NewCases {
  return {
    segmentWatched: readSetting(library, 'segmentWatched', v.boolean()) ?? true,
    segmentImported: readSetting(library, 'segmentImported', v.boolean()) ?? false,
  }
}

/** Changes what is given; that is on record. */
export function setNewCasesSegmented(library: Library, wanted: Partial<NewCases>): void {
  const now = newCasesSegmented(library)
  for (const name of ['segmentWatched', 'segmentImported'] as const) {
    const on = wanted[name]
    if (on === undefined || on === now[name]) continue
    library.database.transaction(() => {
      writeSetting(library, name, on)
      recordAudit(library, 'settings', null, `${settings[name]} are ${on ? '' : 'not '}segmented as they come`)
    })
  }
}

/** Has new cases segmented as they come, where the library is set so: by one job at a time, for all that came till then. */
export class SegmentingByItself {
  private readonly coming = new Set<string>()
  private job: { readonly id: string; readonly caseIds: readonly string[] } | null = null

  constructor(
    private readonly library: Library,
    private readonly runner: JobRunner,
  ) {}

  /** A job changed cases: those that it brought are new. */
  came(caseIds: readonly string[], task: Task): void {
    if (task.kind !== 'import' && task.kind !== 'fetch') return
    this.brought(caseIds, task.kind === 'import' && task.watched !== undefined)
  }

  /** Cases came; they are segmented when whatever brings them has ended (`look`). */
  brought(caseIds: readonly string[], watched: boolean): void {
    const { segmentWatched, segmentImported } = newCasesSegmented(this.library)
    if (watched ? segmentWatched : segmentImported) for (const id of caseIds) this.coming.add(id)
  }

  /** A job ended: what it brought is next, or what came while it segmented. */
  ended(job: JobRow): void {
    const ours = job.id === this.job?.id ? this.job : null
    if (ours) this.job = null
    // The library is being closed: what waits goes on when it is next opened.
    if (job.outcome === 'interrupted') return
    // However else it ended, it is not tried again by itself.
    if (ours) this.keep(this.waiting().filter((id) => !ours.caseIds.includes(id)))
    this.look()
  }

  /** Begins with what waits, unless it is at it. */
  look(): void {
    if (this.coming.size > 0) this.keep([...new Set([...this.waiting(), ...this.coming])])
    this.coming.clear()
    const waiting = this.waiting()
    if (this.job || waiting.length === 0) return
    const { cases } = openCases(listCasesNamed(this.library, waiting), modelsInUse(this.library), { again: false })
    const caseIds = cases.map(({ id }) => id)
    this.keep(caseIds)
    if (caseIds.length === 0) return
    const title = `Segment ${count(caseIds.length, 'new case')}`
    this.job = {
      id: this.runner.start({ kind: 'segment-cases', choice: { caseIds, again: false } }, title).id,
      caseIds,
    }
  }

  /** Resolves when nothing waits any more. @returns what came of it, a job each */
  async settled(): Promise<JobRow[]> {
    const jobs: JobRow[] = []
    while (this.job) jobs.push(await this.runner.ended(this.job.id))
    return jobs
  }

  private waiting(): string[] {
    return readSetting(this.library, WAITING, v.array(v.string())) ?? []
  }

  private keep(caseIds: readonly string[]): void {
    writeSetting(this.library, WAITING, caseIds)
  }
}
