import { createHmac } from 'node:crypto'
import type { Intake } from '../../shared/site'
import { recordAudit } from './audit'
import { deidentificationKey } from './deidentification'
import type { Library } from './library'

/** What lies in a watched folder and is taken in as one: a file, or a folder with all that is in it. */
export interface Item {
  /** Its name in the watched folder, as a keyed hash: what files are called is often whom they show. */
  readonly item: string
  /** The same for its name and what it holds now: another size or time, another key. */
  readonly key: string
}

/** So many faults are listed. */
const LISTED = 200

/** Gives words a name that tells nothing of them without the library's secret. */
export async function hider(library: Library): Promise<(words: string) => string> {
  const secret = await deidentificationKey(library)
  return (words) => createHmac('sha256', secret).update(words).digest('hex').slice(0, 32)
}

/** Whether it was taken in, or found to be no image, as it is now. */
export function isKnown(library: Library, { key }: Item): boolean {
  return library.database.get('SELECT key FROM intake WHERE key = ?', key) !== undefined
}

/** Notes that items were dealt with, and what of them could not be taken in; what was said of it before is not said again. */
export function recordIntake(
  library: Library,
  items: readonly Item[],
  faults: readonly { readonly item: string; readonly name: string; readonly reason: string }[],
): void {
  const { database } = library
  const at = new Date().toISOString()
  database.transaction(() => {
    for (const { key, item } of items) database.run('INSERT OR IGNORE INTO intake VALUES (?, ?, ?)', key, item, at)
    for (const { item, name, reason } of faults) {
      const isNews = database.run(
        'INSERT OR IGNORE INTO intake_faults (item, name, reason, at) VALUES (?, ?, ?, ?)',
        item,
        name,
        reason,
        at,
      )
      if (isNews) recordAudit(library, 'import', null, `not taken in: ${name}: ${reason}`)
    }
  })
}

/** Forgets what could not be taken in, so that it is tried again. */
export function forgetFaults({ database }: Library): void {
  database.transaction(() => {
    database.run('DELETE FROM intake WHERE item IN (SELECT item FROM intake_faults)')
    database.run('DELETE FROM intake_faults')
  })
}

export function listFaults({ database }: Library): Intake['faults'] {
  return database.all('SELECT name, reason, at FROM intake_faults ORDER BY id DESC LIMIT ?', LISTED)
}

export function countTaken({ database }: Library): number {
  return database.get<{ count: number }>('SELECT count(*) AS count FROM intake')?.count ?? 0
}
