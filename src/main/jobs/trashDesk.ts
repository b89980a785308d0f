import type { CaseRow } from '../../shared/contract'
import { EmendError } from '../../shared/errors'
import type { Work } from '../../shared/progress'
import type { Emptied, Removal, RemovedCase, TrashContents } from '../../shared/site'
import { unfinishedRun } from '../learning/cycleFile'
import type { Library } from '../library/library'
import { emptyTrash, listRemoved, removalOf, removeCase, restoreCase, trashContents } from '../library/trash'
import type { JobRunner } from './runner'

/** Deleting cases and bringing them back, as long as nothing works with them. */
export class TrashDesk {
  /** @param changed tells that cases changed */
  constructor(
    private readonly library: Library,
    private readonly runner: JobRunner,
    private readonly changed: (caseIds: readonly string[]) => void,
  ) {}

  async removal(caseId: string): Promise<Removal> {
    const removal = await removalOf(this.library, caseId)
    return { ...removal, obstacle: removal.obstacle ?? this.obstacle(caseId) }
  }

  /** @throws EmendError where something works with it, models are judged by it, or the user's role does not allow it */
  remove(caseId: string): void {
    const obstacle = this.obstacle(caseId)
    if (obstacle !== null) throw new EmendError(obstacle)
    removeCase(this.library, caseId)
    this.changed([caseId])
  }

  list(): RemovedCase[] {
    return listRemoved(this.library)
  }

  restore(caseId: string): CaseRow {
    const row = restoreCase(this.library, caseId)
    this.changed([caseId])
    return row
  }

  /** What emptying would take: all that lies there, or what was deleted up to a moment. */
  contents(upTo?: string): Promise<TrashContents> {
    return trashContents(this.library, upTo)
  }

  /** @throws EmendError where the user's role does not allow it */
  empty(upTo: string, work?: Work): Promise<Emptied> {
    return emptyTrash(this.library, upTo, work)
  }

  /** What works with a case now, in one line; null where nothing does. */
  private obstacle(caseId: string): string | null {
    const run = unfinishedRun(this.library)?.file
    const active = this.runner.list().filter(({ finishedAt }) => finishedAt === null)
    if (active.some((job) => job.caseId === caseId))
      return 'the case is being worked on: wait for its job, or cancel it'
    if (run) {
      const read = [...run.cases, ...(run.holdOut ?? [])].map(({ id }) => id)
      const used = [...read, ...(run.teacher?.unread ?? [])].includes(caseId)
      if (!used) return null
      return active.some(({ kind }) => kind === 'learn')
        ? 'the case is learned from just now: wait for the run to end, or cancel it'
        : 'the case is learned from by a run that was interrupted: let it go on under Learning, or cancel it then'
    }
    // Which cases a run takes is decided when it begins.
    const begins = active.some(({ kind }) => kind === 'learn')
    return begins ? 'a learning run is about to begin: wait for it to end, or cancel it' : null
  }
}
