import type { Library } from './library'

/** What it took to bring one structure of a case from a model's proposal to what a reader says. */
export interface Effort {
  readonly structure: string
  /** Voxels that the reader's hand changed in this step. */
  readonly voxels: number
  /** The reader's time while it was the active one; null where it was not measured. Older rows: a share by voxels. */
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
