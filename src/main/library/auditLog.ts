import { csvRow } from '../../shared/csv'
import type { AuditFilter, AuditNames, AuditPage, AuditQuestion } from '../../shared/site'
import type { AuditEntry, LinkedEntry } from './audit'
import type { Library } from './library'

/** Some entries that fit a filter, the newest first, and how many do. */
export function auditPage({ database }: Library, { filter, upTo, offset, limit }: AuditQuestion): AuditPage {
  const newest = upTo ?? database.get<{ id: number | null }>('SELECT max(id) AS id FROM audit')?.id ?? 0
  const { sql, values } = conditionOf(filter)
  const where = `FROM audit WHERE id <= ? AND ${sql}`
  return {
    entries: database.all<AuditEntry>(
      `SELECT id, at, who, action, subject, outcome ${where} ORDER BY id DESC LIMIT ? OFFSET ?`,
      newest,
      ...values,
      limit,
      offset,
    ),
    total: database.get<{ total: number }>(`SELECT count(*) AS total ${where}`, newest, ...values)?.total ?? 0,
    upTo: newest,
  }
}

/** Who there is in the audit, and what they did. */
export function auditNames({ database }: Library): AuditNames {
  const namesOf = (column: 'who' | 'action'): string[] =>
    database.all<{ name: string }>(`SELECT DISTINCT ${column} AS name FROM audit ORDER BY name`).map(({ name }) => name)
  return { users: namesOf('who'), actions: namesOf('action') }
}

const columns = ['id', 'at', 'who', 'action', 'subject', 'outcome', 'previous', 'hash'] as const

/** The audit, oldest first, a row an entry with its links: all of it, or what fits a filter. */
export function* auditCsv({ database }: Library, filter: AuditFilter = {}): Generator<string> {
  yield csvRow(columns)
  const { sql, values } = conditionOf(filter)
  for (const row of database.all<LinkedEntry>(`SELECT * FROM audit WHERE ${sql} ORDER BY id`, ...values)) {
    yield csvRow(columns.map((column) => row[column]))
  }
}

function conditionOf({ subject, who, action, outcome }: AuditFilter): { sql: string; values: string[] } {
  const parts: [sql: string, ...values: string[]][] = []
  if (subject) {
    const like = partOf(subject)
    const title = "subject IN (SELECT id FROM cases WHERE title LIKE ? ESCAPE '\\')"
    parts.push([`(subject LIKE ? ESCAPE '\\' OR ${title})`, like, like])
  }
  if (who) parts.push(['who = ?', who])
  if (action) parts.push(['action = ?', action])
  if (outcome) parts.push(["outcome LIKE ? ESCAPE '\\'", partOf(outcome)])
  return { sql: ['true', ...parts.map(([sql]) => sql)].join(' AND '), values: parts.flatMap(([, ...values]) => values) }
}

function partOf(text: string): string {
  return `%${text.trim().replace(/[\\%_]/g, '\\$&')}%`
}
