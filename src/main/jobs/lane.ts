import * as v from 'valibot'
import type { PassedOver, ProgressRow } from '../../shared/jobs'
import type { JobProcess, Launch } from './launcher'
import { FromJobProcess, type Task, type ToJobProcess } from './messages'

export type Run = Extract<ToJobProcess, { type: 'run' }>

/** How a job ended. */
export interface Ending {
  readonly state: 'done' | 'failed' | 'cancelled'
  readonly outcome: string
}

/** What a lane tells about its jobs. */
export interface LaneListener {
  started(jobId: string): void
  progressed(jobId: string, progress: v.InferOutput<typeof ProgressRow>): void
  passedOver(jobId: string, passed: PassedOver): void
  ended(jobId: string, ending: Ending): void
  changed(caseIds: readonly string[], models: boolean, task: Task): void
}

export interface LaneOptions {
  /** How long a cancelled job may take to stop by itself before its process is killed. */
  readonly graceMs: number
  /** How long a process without work is kept for the next job. */
  readonly idleMs: number
}

/**
 * Jobs of one kind, one after the other in one process, which is started when there is work. The process may die at
 * any time: then its job has failed, and the next job gets a new process.
 */
export class Lane {
  private readonly waiting: Run[] = []
  private active: { run: Run; cancelled: boolean } | null = null
  private process: JobProcess | null = null
  private idleTimer: NodeJS.Timeout | undefined
  private graceTimer: NodeJS.Timeout | undefined

  constructor(
    private readonly launch: Launch,
    private readonly listener: LaneListener,
    private readonly options: LaneOptions,
  ) {}

  add(run: Run): void {
    this.waiting.push(run)
    this.next()
  }

  /** A waiting job is dropped; a running one is told to stop, and killed if it does not. */
  cancel(jobId: string): void {
    const at = this.waiting.findIndex((run) => run.jobId === jobId)
    if (at >= 0) {
      this.waiting.splice(at, 1)
      this.listener.ended(jobId, { state: 'cancelled', outcome: 'cancelled' })
    } else if (this.active?.run.jobId === jobId && !this.active.cancelled) {
      this.active.cancelled = true
      this.process?.send({ type: 'cancel', jobId } satisfies ToJobProcess)
      this.graceTimer = setTimeout(() => this.process?.kill(), this.options.graceMs)
    }
  }

  /** Ends the process and forgets all jobs without telling of them. */
  close(): void {
    clearTimeout(this.idleTimer)
    clearTimeout(this.graceTimer)
    this.waiting.length = 0
    this.active = null
    const { process } = this
    this.process = null
    process?.kill()
  }

  private next(): void {
    const run = this.active ? undefined : this.waiting.shift()
    if (!run) return
    clearTimeout(this.idleTimer)
    this.active = { run, cancelled: false }
    this.listener.started(run.jobId)
    this.process ??= this.start()
    this.process.send(run)
  }

  private start(): JobProcess {
    const process = this.launch()
    process.onMessage((raw) => {
      if (this.process === process) this.hear(v.parse(FromJobProcess, raw))
    })
    process.onExit((code) => {
      if (this.process !== process) return
      this.process = null
      this.end({
        state: 'failed',
        outcome: `the job's process ended unexpectedly (${code === null ? 'killed' : `code ${code}`})`,
      })
    })
    return process
  }

  private hear(message: FromJobProcess): void {
    if (message.type === 'changed') {
      if (this.active) this.listener.changed(message.caseIds, message.models, this.active.run.task)
    } else if (message.type === 'progress') this.listener.progressed(message.jobId, message.progress)
    else if (message.type === 'passed-over') this.listener.passedOver(message.jobId, message.passed)
    else if (message.type === 'done') this.end({ state: 'done', outcome: message.outcome })
    else if (message.type === 'failed') {
      this.end({ state: message.cancelled ? 'cancelled' : 'failed', outcome: message.reason })
    }
  }

  private end(ending: Ending): void {
    clearTimeout(this.graceTimer)
    const { active } = this
    this.active = null
    if (active) {
      // However a cancelled job stopped, it was cancelled; one that was done before the word reached it is done.
      const isCancelled = active.cancelled && ending.state !== 'done'
      this.listener.ended(active.run.jobId, isCancelled ? { state: 'cancelled', outcome: 'cancelled' } : ending)
    }
    this.next()
    if (this.active || !this.process) return
    this.idleTimer = setTimeout(() => this.close(), this.options.idleMs)
    this.idleTimer.unref()
  }
}
