import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { EmendError } from '../../shared/errors'
import { recordAudit, recordFailure } from '../library/audit'
import { getCase } from '../library/cases'
import { schemaOf } from '../library/looks'
import type { StoreReport } from '../pacs/archive'
import { openArchive } from '../pacs/openArchive'
import type { OpenServer } from '../pacs/servers'
import { exportLabels } from './labelExport'
import { withPassingFolder } from './passingFolder'
import type { JobContext } from './verbs'

/**
 * Stores a case's current labels as a DICOM SEG in an archive.
 *
 * @returns what was stored, in one line
 * @throws EmendError where the case has no labels or is no DICOM, or the archive does not take them
 */
export async function sendLabels(caseId: string, to: OpenServer, { library, work }: JobContext): Promise<string> {
  const { name } = to.server
  return withPassingFolder(library, 'send', async (folder) => {
    work.report({ phase: 'writing', done: 0, total: 1 })
    const { schema, revision } = getCase(library, caseId)
    const path = join(folder, 'labels.dcm')
    await exportLabels(library, caseId, { format: 'dicom-seg', path }, schemaOf(library, schema))
    const report = await recordFailure({ library, action: 'send', subject: caseId }, async () => {
      const stored = await openArchive(to).store([await readFile(path)], work)
      requireStored(stored, name)
      return stored
    })
    recordAudit(library, 'send', caseId, `dicom-seg of revision ${revision} to ${name}`)
    return [`the labels are in ${name}`, ...describeWarnings(report)].join('; ')
  })
}

/** @throws EmendError with the first reason where an archive did not take everything. */
export function requireStored({ stored, failures }: StoreReport, server: string): void {
  if (failures.length === 0) return
  const all = stored + failures.length
  const what = all === 1 ? 'what was sent' : `${failures.length} of ${all} objects`
  throw new EmendError(`${server} did not take ${what}: ${failures[0].reason}`)
}

export function describeWarnings({ warnings }: StoreReport): string[] {
  return warnings.length === 0 ? [] : [`with a remark: ${warnings[0].reason}`]
}
