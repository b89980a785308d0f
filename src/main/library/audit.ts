import { createHash } from 'node:crypto'
import type { Library } from './library'

/** Who did what to which subject, when, with what outcome. */
export interface AuditEntry {
  readonly id: number
  readonly at: string
  readonly who: string
  /** 'import', 'edit', 'status', 'export', 'train', 'promote', ... */
  readonly action: string
  /** What it was done to: a case id, 'name@version' of a model, a job. */
  readonly subject: string | null
  readonly outcome: string
}

interface AuditRow extends AuditEntry {
  readonly previous: string
  readonly hash: string
}

const FIRST_LINK = '0'.repeat(64)

/** Appends one entry, chained to the one before it by its hash. Joins the caller's transaction where there is one. */
export function recordAudit(library: Library, action: string, subject: string | null, outcome: string): void {
  const { database } = library
  database.transaction(() => {
    const before = database.get<AuditRow>('SELECT * FROM audit ORDER BY id DESC LIMIT 1')
    const entry: AuditEntry = {
      id: (before?.id ?? 0) + 1,
      at: new Date().toISOString(),
      who: library.user,
      action,
      subject,
      outcome,
    }
    const previous = before?.hash ?? FIRST_LINK
    database.run(
      'INSERT INTO audit (id, at, who, action, subject, outcome, previous, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      entry.id,
      entry.at,
      entry.who,
      entry.action,
      entry.subject,
      entry.outcome,
      previous,
      link(previous, entry),
    )
  })
}

/** The newest entries first; about one subject where it is named. */
export function listAudit(library: Library, options: { subject?: string; limit?: number } = {}): AuditEntry[] {
  const columns = 'SELECT id, at, who, action, subject, outcome FROM audit'
  const limit = options.limit ?? 1000
  return options.subject === undefined
    ? library.database.all<AuditEntry>(`${columns} ORDER BY id DESC LIMIT ?`, limit)
    : library.database.all<AuditEntry>(`${columns} WHERE subject = ? ORDER BY id DESC LIMIT ?`, options.subject, limit)
}

/** The id of the first entry that was altered or follows a removed one; null where the chain is whole. */
export function brokenAuditLink(library: Library): number | null {
  let previous = FIRST_LINK
  let id = 0
  for (const row of library.database.all<AuditRow>('SELECT * FROM audit ORDER BY id')) {
    id += 1
    if (row.id !== id || row.previous !== previous || row.hash !== link(previous, row)) return row.id
    previous = row.hash
  }
  return null
}

function link(previous: string, entry: AuditEntry): string {
  const content = [previous, entry.id, entry.at, entry.who, entry.action, entry.subject, entry.outcome]
  return createHash('sha256').update(JSON.stringify(content)).digest('hex')
}
