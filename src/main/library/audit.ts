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

/** So long a case counts as looked at once, however often it is opened. */
const ONE_VIEW_MS = 10 * 60_000

/** Records that the library's user looked at a case. */
export function recordView(library: Library, caseId: string): void {
  const since = new Date(Date.now() - ONE_VIEW_MS).toISOString()
  const seen = library.database.get(
    "SELECT id FROM audit WHERE subject = ? AND action = 'view' AND who = ? AND at > ?",
    caseId,
    library.user,
    since,
  )
  if (!seen) recordAudit(library, 'view', caseId, 'opened')
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

const csvColumns = ['id', 'at', 'who', 'action', 'subject', 'outcome', 'previous', 'hash'] as const

/** The whole audit, oldest first, a row an entry, with its links. */
export function* auditCsv(library: Library): Generator<string> {
  yield `${csvColumns.join(',')}\r\n`
  for (const row of library.database.all<AuditRow>('SELECT * FROM audit ORDER BY id')) {
    yield `${csvColumns.map((column) => csvCell(row[column])).join(',')}\r\n`
  }
}

/** As RFC 4180 has it; what a spreadsheet would take for a formula gets a quote before it. */
function csvCell(value: string | number | null): string {
  const text = value === null ? '' : typeof value === 'string' ? value.replace(/^[=+@-]/, "'$&") : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

function link(previous: string, entry: AuditEntry): string {
  const content = [previous, entry.id, entry.at, entry.who, entry.action, entry.subject, entry.outcome]
  return createHash('sha256').update(JSON.stringify(content)).digest('hex')
}
