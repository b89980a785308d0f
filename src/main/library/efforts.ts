import type { ModelStatistics, ReaderStatistics } from '../../shared/review'
import type { Library } from './library'

/** What it took to bring one structure of a case from a model's proposal to what a reader says. */
export interface Effort {
  readonly structure: string
  /** Voxels that the reader's hand changed in this step. */
  readonly voxels: number
  /** Of the reader's time at the case, this structure's share by voxels; null where it was not measured. */
  readonly seconds: number | null
  /** The model's mask against the reader's, where the reader verified it. */
  readonly dsc: number | null
}

/** Appends efforts of the library's user; the case's score is the mean over its structures. Call in a transaction. */
export function recordEfforts(
  library: Library,
  caseId: string,
  of: { readonly revision: string | null; readonly model: string | null; readonly at: string },
  efforts: readonly Effort[],
): void {
  if (efforts.length === 0) return
  for (const { structure, voxels, seconds, dsc } of efforts) {
    library.database.run(
      `INSERT INTO efforts (case_id, revision, structure, reader, model, voxels, seconds, dsc, at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      caseId,
      of.revision,
      structure,
      library.user,
      of.model,
      voxels,
      seconds,
      dsc,
      of.at,
    )
  }
  library.database.run(
    `UPDATE cases SET score = (
       SELECT avg(dsc) FROM efforts WHERE id IN (
         SELECT max(id) FROM efforts WHERE case_id = cases.id AND dsc IS NOT NULL GROUP BY structure))
     WHERE id = ?`,
    caseId,
  )
}

/** A reader's time at a case split over what was changed there, by voxels; all to nobody where nothing changed. */
export function shareSeconds(voxels: ReadonlyMap<string, number>, seconds: number | null): Map<string, number | null> {
  const sum = [...voxels.values()].reduce((a, b) => a + b, 0)
  return new Map(
    [...voxels].map(([structure, count]) => [
      structure,
      seconds === null || sum === 0 ? null : (seconds * count) / sum,
    ]),
  )
}

/** What each reader did, the busiest first. */
export function readerStatistics(library: Library): ReaderStatistics[] {
  return library.database.all<ReaderStatistics>(
    `SELECT reader, count(DISTINCT case_id) AS cases, count(DISTINCT case_id || '/' || structure) AS structures,
            sum(voxels) AS voxels, sum(seconds) AS seconds
     FROM efforts GROUP BY reader ORDER BY structures DESC, reader`,
  )
}

/**
 * How readers found each model's proposals, the newest judged model first: of each structure of each case what was said
 * of it last.
 */
export function modelStatistics(library: Library): ModelStatistics[] {
  return library.database.all<ModelStatistics>(
    `SELECT model, count(DISTINCT case_id) AS cases, count(*) AS structures, avg(dsc) AS dsc,
            avg(CASE WHEN dsc = 1 THEN 1.0 ELSE 0.0 END) AS untouched,
            (SELECT sum(voxels) FROM efforts AS every WHERE every.model = last.model) AS voxels
     FROM efforts AS last
     WHERE model IS NOT NULL AND dsc IS NOT NULL
       AND id IN (SELECT max(id) FROM efforts WHERE dsc IS NOT NULL GROUP BY case_id, structure, model)
     GROUP BY model ORDER BY max(id) DESC`,
  )
}

/** What it took structure by structure, the dearest first. */
export function structureStatistics(library: Library): (Omit<ReaderStatistics, 'reader' | 'structures'> & {
  readonly structure: string
})[] {
  return library.database.all(
    `SELECT structure, count(DISTINCT case_id) AS cases, sum(voxels) AS voxels, sum(seconds) AS seconds
     FROM efforts GROUP BY structure ORDER BY voxels DESC, structure`,
  )
}
