import SqliteFile from 'libsql'
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { EmendError } from '../../shared/errors'

export type SqlValue = string | number | null

/** One SQLite file behind four verbs. Every call is synchronous; rows are plain objects named by column. */
export interface Database {
  all<Row>(sql: string, ...values: SqlValue[]): Row[]
  get<Row>(sql: string, ...values: SqlValue[]): Row | undefined
  /**
   * As `all`, for thousands of rows of few columns: they come as one text, several times as fast as one by one.
   * Reals have 15 digits.
   * @param columns of what `select` gives, whose values make a row, in their order
   */
  tuples<Row extends readonly SqlValue[]>(columns: readonly string[], select: string, ...values: SqlValue[]): Row[]
  /** Runs one statement; returns the number of rows it changed. */
  run(sql: string, ...values: SqlValue[]): number
  /** Runs a script of several statements without values. */
  script(sql: string): void
  /**
   * All of `body` or none of it. The write lock is taken at the start, so what `body` reads cannot change under it;
   * an inner transaction joins the outer one.
   */
  transaction<Result>(body: () => Result): Result
  close(): void
}

/** How long a statement waits for another process's transaction, which are all short. */
const BUSY_TIMEOUT_MS = 10_000

/**
 * Opens (or creates) the SQLite file at `path`: write-ahead log, foreign keys, synced at every commit so that a power
 * cut keeps what was reported as saved.
 *
 * @throws EmendError where the file cannot be opened or is not a database.
 */
export function openDatabase(path: string): Database {
  try {
    const file = new SqliteFile(path, { timeout: BUSY_TIMEOUT_MS })
    file.pragma('journal_mode = WAL')
    file.pragma('synchronous = FULL')
    file.pragma('foreign_keys = ON')
    return databaseOver(file)
  } catch (cause) {
    const why = existsSync(path) ? 'it is not a database or cannot be written' : 'the folder cannot be written'
    throw new EmendError(`cannot open ${path}: ${why}`, {
      hint: 'choose another folder, or restore the library from a backup',
      cause,
    })
  }
}

/**
 * Opens an SQLite file to read it, beside whoever writes it. Where not even SQLite's own files beside it can be made (a
 * folder or disk that is only for reading), a copy of it is read, as it is now.
 *
 * @throws EmendError where it cannot be read or is not a database.
 */
export function openToRead(path: string): Database {
  try {
    return readable(path)
  } catch {
    const folder = mkdtempSync(join(tmpdir(), 'emend-library-'))
    try {
      for (const suffix of ['', '-wal'])
        if (existsSync(path + suffix)) copyFileSync(path + suffix, join(folder, basename(path) + suffix))
      const database = readable(join(folder, basename(path)))
      return {
        ...database,
        close: () => {
          database.close()
          rmSync(folder, { recursive: true, force: true })
        },
      }
    } catch (cause) {
      rmSync(folder, { recursive: true, force: true })
      throw new EmendError(`cannot read ${path}: ${(cause as Error).message}`, {
        hint: 'choose another folder, or restore the library from a backup',
        cause,
      })
    }
  }
}

function readable(path: string): Database {
  const file = new SqliteFile(path, { timeout: BUSY_TIMEOUT_MS })
  const database = databaseOver(file)
  try {
    // The binding's own flag for reading only does nothing.
    file.pragma('query_only = ON')
    database.get('SELECT count(*) AS tables FROM sqlite_master')
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

function databaseOver(file: SqliteFile.Database): Database {
  const statements = new Map<string, SqliteFile.Statement>()
  let isClosed = false
  /** The window may ask for something while its library is already being moved. */
  const requireOpen = (): void => {
    if (isClosed) throw new EmendError('the library is closed: it is being moved, or another one opened')
  }
  const prepared = (sql: string): SqliteFile.Statement => {
    requireOpen()
    const known = statements.get(sql)
    if (known) return known
    const statement = file.prepare(sql)
    statements.set(sql, statement)
    return statement
  }
  let inTransaction = false
  const all = <Row>(sql: string, ...values: SqlValue[]) => prepared(sql).all(...values) as Row[]
  // Through `all`: the binding's own `get` adds a field to the row and leaves the statement open.
  const get = <Row>(sql: string, ...values: SqlValue[]) => all<Row | undefined>(sql, ...values)[0]
  return {
    all,
    get,
    tuples: <Row extends readonly SqlValue[]>(columns: readonly string[], select: string, ...values: SqlValue[]) => {
      const text = `SELECT json_group_array(json_array(${columns.join(', ')})) AS rows FROM (${select})`
      return JSON.parse(get<{ rows: string }>(text, ...values)!.rows) as Row[]
    },
    run: (sql, ...values) => writing(() => prepared(sql).run(...values).changes),
    script: (sql) => {
      file.exec(sql)
    },
    transaction: (body) => {
      requireOpen()
      if (inTransaction) return body()
      inTransaction = true
      try {
        return writing(() => file.transaction(body).immediate())
      } finally {
        inTransaction = false
      }
    },
    close: () => {
      isClosed = true
      statements.clear()
      file.close()
    },
  }
}

/** Writes; what the reader can mend is said as such. */
function writing<Result>(body: () => Result): Result {
  try {
    return body()
  } catch (cause) {
    const { message } = cause as Error
    if (cause instanceof EmendError) throw cause
    if (/disk is full|SQLITE_FULL/i.test(message)) {
      throw new EmendError('the library cannot be written: the disk is full', {
        hint: 'free some space and do it again; what was saved before is safe',
        cause,
      })
    }
    if (/readonly|read-only/i.test(message)) {
      throw new EmendError('the library is open for reading only', {
        hint: 'see that its folder may be written to',
        cause,
      })
    }
    throw cause
  }
}
