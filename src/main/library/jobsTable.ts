import type { JobRow } from '../../shared/jobs'
import type { Library } from './library'
import type { Database } from './database'
import { newId } from './ids'

interface StoredJob {
  readonly id: string
  readonly kind: JobRow['kind']
  readonly title: string
  readonly case_id: string | null
  readonly state: JobRow['state']
  readonly progress: string | null
  readonly outcome: string | null
  readonly started_at: string
  readonly finished_at: string | null
}

/** Enters a job as queued. */
export function addJob(library: Library, job: Pick<JobRow, 'kind' | 'title' | 'caseId'>): JobRow {
  const row: JobRow = {
    ...job,
    id: newId(),
    state: 'queued',
    progress: null,
    outcome: null,
    startedAt: new Date().toISOString(),
    finishedAt: null,
  }
  library.database.run(
    'INSERT INTO jobs (id, kind, title, case_id, state, started_at) VALUES (?, ?, ?, ?, ?, ?)',
    row.id,
    row.kind,
    row.title,
    row.caseId,
    row.state,
    row.startedAt,
  )
  return row
}

/** Keeps how a job stands now. */
export function saveJob(library: Library, job: JobRow): void {
  library.database.run(
    'UPDATE jobs SET state = ?, progress = ?, outcome = ?, finished_at = ? WHERE id = ?',
    job.state,
    job.progress && JSON.stringify(job.progress),
    job.outcome,
    job.finishedAt,
    job.id,
  )
}

/** The newest jobs first. */
export function listJobs(library: Library, limit = 200): JobRow[] {
  return library.database.all<StoredJob>('SELECT * FROM jobs ORDER BY id DESC LIMIT ?', limit).map((row) => ({
    id: row.id,
    kind: row.kind,
    title: row.title,
    caseId: row.case_id,
    state: row.state,
    progress: row.progress === null ? null : (JSON.parse(row.progress) as JobRow['progress']),
    outcome: row.outcome,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
  }))
}

/** Marks jobs that a process left behind when it ended as failed. Returns how many there were. */
export function failInterruptedJobs(database: Database): number {
  return database.run(
    "UPDATE jobs SET state = 'failed', outcome = 'interrupted', finished_at = ? WHERE state IN ('queued', 'running')",
    new Date().toISOString(),
  )
}
