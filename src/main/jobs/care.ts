import type { CareTask } from '../../shared/care'
import { count } from '../../shared/count'
import { EmendError } from '../../shared/errors'
import type { Work } from '../../shared/progress'
import { backUp, type Backup } from '../library/backup'
import { keepCheck } from '../library/careRecord'
import { listCasesNamed } from '../library/cases'
import { verifyLibrary, type Fault, type Integrity } from '../library/integrity'
import { putOnRecord, type Library } from '../library/library'
import { repairLibrary } from '../library/repair'
import { exportDataset, type DatasetCounts } from './datasetExchange'
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
    const found = await checkLibrary(library, work)
    if (found.faults.length > 0) throw faulty(found.faults, 'the library is not as it was written', 'repair it')
    return describeWhole(found)
  }
  if (task.what === 'repair') {
    const options = { from: task.from ?? undefined, settlingMs: SETTLING_MS }
    const { done, left, seen } = await repairLibrary(library, options, work)
    changed(
      [...new Set(seen.faults.flatMap(({ subject, kind }) => (subject && kind !== 'model' ? [subject] : [])))],
      true,
    )
    if (left.length > 0) throw faulty(left, 'not all could be repaired', 'take it from a backup')
    return done.length > 0 ? done.join('; ') : 'there was nothing to repair'
  }
  if (task.what === 'back-up') {
    return describeBackup(await backUp(library, task.folder, work))
  }
  const { folder, caseIds } = task
  return describeSet(folder, await exportDataset(library, listCasesNamed(library, caseIds), folder, work))
}

/** Reads a library through while it may be in use, and keeps what it found where that can be written. */
export async function checkLibrary(library: Library, work: Work): Promise<Integrity> {
  const found = await verifyLibrary(library, work, { settlingMs: SETTLING_MS })
  putOnRecord(library, (writable) => keepCheck(writable, found))
  return found
}

export function describeWhole({ cases, revisions, models }: Integrity): string {
  const read = [count(cases, 'case'), count(revisions, 'label revision'), count(models, 'model')].join(', ')
  return `all is as it was written: ${read}`
}

export function describeBackup({ folder, copied, kept, removed }: Backup): string {
  const parts = [`${count(copied, 'file')} copied`]
  if (kept > 0) parts.push(`${kept} were there`)
  if (removed > 0) parts.push(`${removed} gone from the library removed`)
  return `${folder}: ${parts.join(', ')}`
}

export function describeSet(folder: string, { labelled, unlabelled }: DatasetCounts): string {
  return `${folder}: ${count(labelled, 'case')} with verified labels${unlabelled > 0 ? `, ${unlabelled} without` : ''}`
}

function faulty(faults: readonly Fault[], how: string, hint: string): EmendError {
  const [{ path, what }] = faults
  const more = faults.length > 1 ? `, and ${faults.length - 1} more` : ''
  return new EmendError(`${how}: ${path ?? 'the library'}: ${what}${more}`, { hint })
}
