import type { Page, SeriesReference, SeriesRow, StudyPage, StudyQuery } from '../../shared/archive'
import type { Work } from '../../shared/progress'

/** A series that was fetched: its files, one an instance. */
export interface FetchedSeries {
  readonly paths: readonly string[]
  /** Instances that did not come with the rest and were asked for again, one by one. */
  readonly retried: number
  readonly bytes: number
}

/** What an archive said about one instance that it did not take, or took with a remark. */
export interface StoreRemark {
  readonly sopInstanceUid: string
  readonly reason: string
}

export interface StoreReport {
  readonly stored: number
  readonly failures: readonly StoreRemark[]
  /** Of instances that were stored, but not quite as they were sent. */
  readonly warnings: readonly StoreRemark[]
}

/**
 * An image archive, by whatever protocol. Everything fails with one clear line (`ArchiveFault`) that names the server
 * and never a patient, and stops with the signal's reason where it is aborted.
 */
export interface Archive {
  /** Whether there is an archive that talks with us at all. */
  echo(signal: AbortSignal): Promise<void>
  findStudies(query: StudyQuery, page: Page, signal: AbortSignal): Promise<StudyPage>
  findSeries(studyUid: string, signal: AbortSignal): Promise<SeriesRow[]>
  /** Writes every instance of a series into `folder`, which exists, under names that say nothing: 000001.dcm, ... */
  fetchSeries(series: SeriesReference, folder: string, work: Work): Promise<FetchedSeries>
  /** @param instances whole DICOM files */
  store(instances: readonly Uint8Array[], work: Work): Promise<StoreReport>
}
