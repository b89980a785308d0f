import type { JobRequest, JobRow } from '../../shared/jobs'
import { EmendError, oneLine } from '../../shared/errors'
import type { DeviceReport } from '../graph/devices'
import { addJob, listJobs, saveJob } from '../library/jobsTable'
import type { Library } from '../library/library'
import { Lane, type LaneListener, type LaneOptions } from './lane'
import type { Launch } from './launcher'
import type { Task } from './messages'

/** These run a network. */
const needsDevice: ReadonlySet<Task['kind']> = new Set(['segment', 'segment-cases', 'learn'])

export interface RunnerListener {
  job(row: JobRow): void
  /** @param task the one that changed them */
  changed(caseIds: readonly string[], models: boolean, task: Task): void
}

export interface RunnerOptions extends Partial<LaneOptions> {
  readonly launch: Launch
  /** What is known of this machine's devices when a job starts. */
  readonly devices: () => Promise<readonly DeviceReport[]>
}

/**
 * Runs jobs in processes of their own, one at a time of each kind, so that a reader can segment a case while a network
 * learns. Every job has a row in the library from its start to its end.
 */
export class JobRunner {
  private readonly jobs = new Map<string, JobRow>()
  private readonly lanes = new Map<Task['kind'], Lane>()
  private closed = false

  constructor(
    private readonly library: Library,
    private readonly listener: RunnerListener,
    private readonly options: RunnerOptions,
  ) {}

  /** Queues a job. */
  start(task: Task, title: string): JobRow {
    const kind = task.kind === 'sample' ? 'import' : task.kind
    const job = addJob(this.library, { kind, title, caseId: 'caseId' in task ? task.caseId : null })
    this.keep(job)
    void this.enqueue(job, task)
    return job
  }

  /** Puts a job on record that could not begin. @param reason in one line */
  refuse({ kind }: JobRequest, title: string, reason: string): JobRow {
    const job = addJob(this.library, { kind, title, caseId: null })
    this.keep({ ...job, state: 'failed', outcome: reason, finishedAt: new Date().toISOString() })
    return this.jobs.get(job.id) ?? job
  }

  /** Cancels a job that has not ended. @throws EmendError where this process runs no such job. */
  cancel(jobId: string): JobRow {
    const job = this.jobs.get(jobId)
    if (!job) throw new EmendError(`there is no job ${jobId} to cancel`)
    const isWaitingForDevices = job.state === 'queued'
    for (const lane of this.lanes.values()) lane.cancel(jobId)
    const now = this.jobs.get(jobId) ?? job
    if (isWaitingForDevices && now.state === 'queued') {
      this.keep({ ...job, state: 'cancelled', outcome: 'cancelled', finishedAt: new Date().toISOString() })
    }
    return this.jobs.get(jobId) ?? job
  }

  /** The newest first, those of earlier sessions after this one's. */
  list(): JobRow[] {
    return listJobs(this.library).map((row) => this.jobs.get(row.id) ?? row)
  }

  /** Resolves with the job's last row when it has ended. */
  async ended(jobId: string): Promise<JobRow> {
    for (;;) {
      const job = this.jobs.get(jobId)
      if (!job) throw new EmendError(`there is no job ${jobId}`)
      if (job.finishedAt !== null) return job
      await new Promise<void>((resolve) => this.wakers.push(resolve))
    }
  }

  /** Ends all job processes; what had not ended counts as interrupted. */
  close(): void {
    this.closed = true
    for (const lane of this.lanes.values()) lane.close()
    for (const job of this.jobs.values()) {
      if (job.finishedAt !== null) continue
      this.keep({ ...job, state: 'failed', outcome: 'interrupted', finishedAt: new Date().toISOString() })
    }
  }

  private wakers: (() => void)[] = []

  private async enqueue(job: JobRow, task: Task): Promise<void> {
    let devices: readonly DeviceReport[]
    try {
      devices = needsDevice.has(task.kind) ? await this.options.devices() : []
    } catch (error) {
      if (!this.closed) this.laneListener.ended(job.id, { state: 'failed', outcome: oneLine(error) })
      return
    }
    // In the meantime it may have been cancelled, or the window closed.
    if (this.closed || this.jobs.get(job.id)?.state !== 'queued') return
    this.lane(task.kind).add({
      type: 'run',
      jobId: job.id,
      task,
      library: this.library.root,
      user: this.library.user,
      devices: devices.map((report) => ({ ...report })),
    })
  }

  private lane(kind: Task['kind']): Lane {
    const known = this.lanes.get(kind)
    if (known) return known
    const { launch, graceMs = 5_000, idleMs = 60_000 } = this.options
    const lane = new Lane(launch, this.laneListener, { graceMs, idleMs })
    this.lanes.set(kind, lane)
    return lane
  }

  private readonly laneListener: LaneListener = {
    started: (jobId) => this.update(jobId, { state: 'running' }),
    progressed: (jobId, progress) => {
      const job = this.jobs.get(jobId)
      if (!job) return
      const row = { ...job, progress }
      this.jobs.set(jobId, row)
      this.listener.job(row)
    },
    passedOver: (jobId, passed) => {
      const job = this.jobs.get(jobId)
      if (job) this.jobs.set(jobId, { ...job, passedOver: [...(job.passedOver ?? []), passed] })
    },
    ended: (jobId, ending) => this.update(jobId, { ...ending, finishedAt: new Date().toISOString() }),
    changed: (caseIds, models, task) => this.listener.changed(caseIds, models, task),
  }

  private update(jobId: string, change: Partial<JobRow>): void {
    const job = this.jobs.get(jobId)
    if (job) this.keep({ ...job, ...change })
  }

  /** A job's new state goes to the library, then to whoever listens. */
  private keep(job: JobRow): void {
    this.jobs.set(job.id, job)
    saveJob(this.library, job)
    this.listener.job(job)
    const wakers = this.wakers
    this.wakers = []
    for (const wake of wakers) wake()
  }
}
