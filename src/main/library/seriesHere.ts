import type { DicomSource } from '../imaging/dicom/source'
import type { Library } from './library'

/** Notes which DICOM series a case came from, unless that is known. */
export function rememberSeries({ database }: Library, caseId: string, dicom: DicomSource | undefined): void {
  if (!dicom?.seriesInstanceUid) return
  database.run('UPDATE cases SET series_uid = ? WHERE id = ? AND series_uid IS NULL', dicom.seriesInstanceUid, caseId)
}

/**
 * Which of some DICOM series are cases of the library. Not known of those that came under other UIDs, without identity, nor of
 * those that were imported before this was noted.
 */
export function seriesHere({ database }: Library, seriesUids: readonly string[]): ReadonlySet<string> {
  const rows = database.all<{ uid: string }>(
    `SELECT DISTINCT series_uid AS uid FROM cases
     WHERE removed_at IS NULL AND series_uid IN (SELECT value FROM json_each(?))`,
    JSON.stringify(seriesUids),
  )
  return new Set(rows.map(({ uid }) => uid))
}
