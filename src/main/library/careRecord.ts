import { LastBackup, LibraryCheck } from '../../shared/care'
import type { Integrity } from './integrity'
import type { Library } from './library'
import { readSetting, writeSetting } from './settingsTable'

/*
 * What was done last to keep the library whole, so that a site sees when somebody looked, and whether there is a backup.
 */
const CHECK = 'lastCheck'
const BACKUP = 'lastBackup'

/** Of more faults than these only the number is kept: they are there to be looked at, one by one. */
const KEPT_FAULTS = 200

export function lastCheck(library: Library): LibraryCheck | null {
  return readSetting(library, CHECK, LibraryCheck)
}

export function keepCheck(library: Library, { cases, revisions, models, faults }: Integrity): void {
  const at = new Date().toISOString()
  const kept = faults.slice(0, KEPT_FAULTS).map(({ kind, path, what }) => ({ kind, path, what }))
  writeSetting(library, CHECK, { at, cases, revisions, models, found: faults.length, faults: kept })
}

export function lastBackup(library: Library): LastBackup | null {
  return readSetting(library, BACKUP, LastBackup)
}

/** @param folder where a backup was made whole */
export function keepBackup(library: Library, folder: string): void {
  writeSetting(library, BACKUP, { at: new Date().toISOString(), folder })
}
