import { csvRow } from '../../shared/csv'
import type { AuditFilter, AuditNames, AuditPage, AuditQuestion } from '../../shared/site'
import type { AuditEntry, LinkedEntry } from './audit'
import { heldBackEntries } from './heldBack'
import type { Library } from './library'

/** Some entries that fit a filter, the newest first, and how many do, as far as the user may see them (`heldBackEntries`). */
export function auditPage(library: Library, { filter, upTo, offset, limit }: AuditQuestion): AuditPage {
  const { database } = library
  const newest = upTo ?? database.get<{ id: number | null }>('SELECT max(id) AS id FROM audit')?.id ?? 0
  const hidden = heldBackEntries(library).filter((id) => id <= newest)
  const { sql, values } = conditionOf(filter, hidden)
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
    // Of all, whatever the filter: one by one the filters would tell who did what.
    heldBack: hidden.length,
  }
}

/** Who there is in the audit, and what they did, as far as the user may see it. */
export function auditNames(library: Library): AuditNames {
  const { sql, values } = conditionOf({}, heldBackEntries(library))
  const namesOf = (column: 'who' | 'action'): string[] =>
    library.database
      .all<{ name: string }>(`SELECT DISTINCT ${column} AS name FROM audit WHERE ${sql} ORDER BY name`, ...values)
      .map(({ name }) => name)
  return { users: namesOf('who'), actions: namesOf('action') }
}

const columns = ['id', 'at', 'who', 'action', 'subject', 'outcome', 'previous', 'hash'] as const

/**
 * The audit, oldest first, a row an entry with its links: all of it, or what fits a filter.
 * @param leftOut numbers of entries that are not for whoever takes it along
 */
export function* auditCsv(
  { database }: Library,
  filter: AuditFilter = {},
  leftOut: readonly number[] = [],
): Generator<string> {
  yield csvRow(columns)
  const { sql, values } = conditionOf(filter, leftOut)
  for (const row of database.all<LinkedEntry>(`SELECT * FROM audit WHERE ${sql} ORDER BY id`, ...values)) {
    yield csvRow(columns.map((column) => row[column]))
  }
}

/** @param leftOut numbers of entries that never fit */
function conditionOf(
  { subject, who, action, outcome }: AuditFilter,
  leftOut: readonly number[],
): { sql: string; values: string[] } {
  const parts: [sql: string, ...values: string[]][] = []
  if (leftOut.length > 0) parts.push(['id NOT IN (SELECT value FROM json_each(?))', JSON.stringify(leftOut)])
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
