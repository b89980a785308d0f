import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { EmendError, oneLine } from '../../shared/errors'
import type { ChainCheck } from '../../shared/site'
import type { Database } from './database'
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

/** An entry as it is stored, with the links of the chain. */
export interface LinkedEntry extends AuditEntry {
  readonly previous: string
  readonly hash: string
}

const FIRST_LINK = '0'.repeat(64)

/** Appends one entry, chained to the one before it by its hash. Joins the caller's transaction where there is one. */
export function recordAudit(library: Library, action: string, subject: string | null, outcome: string): void {
  const { database } = library
  database.transaction(() => {
    const before = chainEnd(database)
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

/**
 * Does what the audit tells of when it is done; where it fails by what a user can mend, that is on record, too.
 * @param said the failure as the audit has it
 */
export async function recordFailure<R>(
  {
    library,
    action,
    subject = null,
  }: { readonly library: Library; readonly action: string; readonly subject?: string | null },
  body: () => Promise<R>,
  said: (error: EmendError) => string = oneLine,
): Promise<R> {
  try {
    return await body()
  } catch (error) {
    if (error instanceof EmendError) {
      try {
        recordAudit(library, action, subject, `failed: ${said(error)}`)
      } catch {
        // Why it failed is what whoever waits has to hear.
      }
    }
    throw error
  }
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

/** The number of the newest entry, which tells whether anything was done since; 0 where there is none. */
export function newestAudit({ database }: Library): number {
  return database.get<{ id: number | null }>('SELECT MAX(id) AS id FROM audit')?.id ?? 0
}

/** The newest entries first; about one subject where it is named. */
export function listAudit(library: Library, options: { subject?: string; limit?: number } = {}): AuditEntry[] {
  const columns = 'SELECT id, at, who, action, subject, outcome FROM audit'
  const limit = options.limit ?? 1000
  return options.subject === undefined
    ? library.database.all<AuditEntry>(`${columns} ORDER BY id DESC LIMIT ?`, limit)
    : library.database.all<AuditEntry>(`${columns} WHERE subject = ? ORDER BY id DESC LIMIT ?`, options.subject, limit)
}

/** What tells a library from all others, wherever it is copied to: its chain's first hash. Null where nothing was done yet. */
export function firstLink(database: Database): string | null {
  return database.get<{ hash: string }>('SELECT hash FROM audit ORDER BY id LIMIT 1')?.hash ?? null
}

/** The newest entry that was ever written, also where somebody removed it since. */
function chainEnd(database: Database): Pick<LinkedEntry, 'id' | 'hash'> | undefined {
  return database.get<Pick<LinkedEntry, 'id' | 'hash'>>('SELECT id, hash FROM audit_end')
}

/** The first entry that was altered, is missing at the end, or follows a removed one; null where the chain is whole. */
export function brokenAuditLink(library: Library): number | null {
  const walk = walkChain(library)
  for (let step = walk.next(); ; step = walk.next()) if (step.done) return step.value.broken?.id ?? null
}

/** As `brokenAuditLink`, but others get their turn meanwhile: an audit grows for years. */
export async function checkAudit(library: Library): Promise<ChainCheck> {
  const walk = walkChain(library)
  for (let step = walk.next(); ; step = walk.next()) {
    if (step.done) return step.value
    await setImmediate()
  }
}

/** Entries that are looked at in one go: a few milliseconds. */
const AT_ONCE = 500

function* walkChain({ database }: Library): Generator<undefined, ChainCheck> {
  let previous = FIRST_LINK
  let id = 0
  let at: string | null = null
  for (;;) {
    // Before the entries: others may write meanwhile, and what they add is no gap.
    const end = chainEnd(database) ?? { id: 0, hash: FIRST_LINK }
    const rows = database.all<LinkedEntry>('SELECT * FROM audit WHERE id > ? ORDER BY id LIMIT ?', id, AT_ONCE)
    for (const row of rows) {
      const entries = id
      id += 1
      if (row.id !== id || row.previous !== previous || row.hash !== link(previous, row)) {
        return { entries, broken: { id: row.id, at: row.at } }
      }
      previous = row.hash
      at = row.at
    }
    if (rows.length < AT_ONCE) {
      if (end.id > id) return { entries: id, broken: { id: id + 1, at: null } }
      const isAltered = end.id === id && end.hash !== previous
      return { entries: id, broken: isAltered ? { id, at } : null }
    }
    yield undefined
  }
}

function link(previous: string, entry: AuditEntry): string {
  const content = [previous, entry.id, entry.at, entry.who, entry.action, entry.subject, entry.outcome]
  return createHash('sha256').update(JSON.stringify(content)).digest('hex')
}
