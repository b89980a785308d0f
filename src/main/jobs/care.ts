import type { CareTask } from '../../shared/care'
import { count } from '../../shared/count'
import { EmendError } from '../../shared/errors'
import { backUp } from '../library/backup'
import { keepBackup, keepCheck } from '../library/careRecord'
import { listCasesNamed } from '../library/cases'
import { verifyLibrary, type Fault } from '../library/integrity'
import { repairLibrary } from '../library/repair'
import { exportDataset } from './datasetExchange'
import type { JobContext } from './verbs'

/** While the library is in use, what was written in the last minutes may have its row only now. */
const SETTLING_MS = 10 * 60_000

/**
 * Looks after the library as a whole while it is in use: reads it through, puts it right, copies it, or writes cases of it
 * as a data set.
 *
 * @returns what came out, in one line
 * @throws EmendError where something is not as it was written, and stays so
 */
export async function careForLibrary(task: CareTask, { library, work, changed }: JobContext): Promise<string> {
  if (task.what === 'verify') {
    const found = await verifyLibrary(library, work, { settlingMs: SETTLING_MS })
    keepCheck(library, found)
    const { cases, revisions, models, faults } = found
    if (faults.length > 0) throw faulty(faults, 'the library is not as it was written', 'repair it')
    const read = [count(cases, 'case'), count(revisions, 'label revision'), count(models, 'model')].join(', ')
    return `all is as it was written: ${read}`
  }
  if (task.what === 'repair') {
    const options = { from: task.from ?? undefined, settlingMs: SETTLING_MS }
    const { done, left, seen } = await repairLibrary(library, options, work)
    keepCheck(library, { ...seen, faults: left })
    changed(
      [...new Set(seen.faults.flatMap(({ subject, kind }) => (subject && kind !== 'model' ? [subject] : [])))],
      true,
    )
    if (left.length > 0) throw faulty(left, 'not all could be repaired', 'take it from a backup')
    return done.length > 0 ? done.join('; ') : 'there was nothing to repair'
  }
  if (task.what === 'back-up') {
    const { folder, copied, kept } = await backUp(library, task.folder, work)
    keepBackup(library, folder)
    return `${folder}: ${count(copied, 'file')} copied${kept > 0 ? `, ${kept} were there` : ''}`
  }
  const { folder, caseIds } = task
  const { labelled, unlabelled } = await exportDataset(library, listCasesNamed(library, caseIds), folder, work)
  const bare = unlabelled > 0 ? `, ${unlabelled} without` : ''
  return `${folder}: ${count(labelled, 'case')} with verified labels${bare}`
}

function faulty(faults: readonly Fault[], how: string, hint: string): EmendError {
  const [{ path, what }] = faults
  const more = faults.length > 1 ? `, and ${faults.length - 1} more` : ''
  return new EmendError(`${how}: ${path ?? 'the library'}: ${what}${more}`, { hint })
}
