import { setImmediate } from 'node:timers/promises'
import { readCaseSource, studyDateOf } from './cases'
import type { Library } from './library'

/** Looks up when the studies of those cases were made that an older Emend imported; once each. */
export async function lookUpStudyDates(library: Library): Promise<void> {
  const { database } = library
  const rows = database.all<{ id: string }>('SELECT id FROM cases WHERE study_date IS NULL AND removed_at IS NULL')
  for (const { id } of rows) {
    // A case whose source is missing is looked at again when its file may be back.
    const source = await readCaseSource(library, id).catch(() => null)
    if (source) database.run('UPDATE cases SET study_date = ? WHERE id = ?', studyDateOf(source.dicom), id)
    await setImmediate()
  }
}
