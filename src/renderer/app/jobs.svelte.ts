import type { JobRow } from '../../shared/jobs'
import type { EmendApi } from '../../shared/windowApi'

export function isActive(job: JobRow): boolean {
  return job.state === 'queued' || job.state === 'running'
}

export interface CurvePoint {
  readonly step: number
  readonly value: number
}

/** The long work that the main process does for us, and the figures that it reported on the way. */
export class Jobs {
  all = $state.raw<readonly JobRow[]>([])
  /** Reported figures by job, then by figure's name. */
  private curves = $state.raw<Readonly<Record<string, Readonly<Record<string, readonly CurvePoint[]>>>>>({})
  private readonly endings: ((job: JobRow) => void)[] = []

  constructor(private readonly api: EmendApi) {
    api.on('job:changed', (job) => this.take(job))
  }

  /** What runs, then what waits. */
  get active(): readonly JobRow[] {
    return [
      ...this.all.filter(({ state }) => state === 'running'),
      ...this.all.filter(({ state }) => state === 'queued'),
    ]
  }

  curve(jobId: string, figure: string): readonly CurvePoint[] {
    return this.curves[jobId]?.[figure] ?? []
  }

  /** The running or waiting job of a kind, for a case where one is named. */
  activeOf(kind: JobRow['kind'], caseId?: string): JobRow | null {
    return this.active.find((job) => job.kind === kind && (!caseId || job.caseId === caseId)) ?? null
  }

  async load(): Promise<void> {
    this.all = await this.api.listJobs()
  }

  async start(...request: Parameters<EmendApi['startJob']>): Promise<JobRow> {
    const job = await this.api.startJob(...request)
    if (!this.all.some(({ id }) => id === job.id)) this.take(job)
    return job
  }

  async cancel(jobId: string): Promise<void> {
    this.take(await this.api.cancelJob({ jobId }))
  }

  /** Called once for each job that ends. */
  onEnd(listener: (job: JobRow) => void): void {
    this.endings.push(listener)
  }

  private take(job: JobRow): void {
    const before = this.all.find(({ id }) => id === job.id)
    this.all = before ? this.all.map((other) => (other.id === job.id ? job : other)) : [job, ...this.all]
    this.gather(job)
    if (!isActive(job) && (!before || isActive(before))) this.endings.forEach((listener) => listener(job))
  }

  private gather({ id, progress }: JobRow): void {
    const figures = progress?.figures
    if (!figures || !progress) return
    const curves = { ...this.curves[id] }
    for (const [name, value] of Object.entries(figures)) {
      const before = curves[name] ?? []
      // A run that trains two networks begins to count anew with the second.
      const points = (before.at(-1)?.step ?? 0) > progress.done ? [] : before
      if (points.at(-1)?.step !== progress.done) curves[name] = [...points, { step: progress.done, value }]
    }
    this.curves = { ...this.curves, [id]: curves }
  }
}
