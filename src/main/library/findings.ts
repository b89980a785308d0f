import { voxelVolume, type LabelMap } from '../imaging/volume'
import { voxelCounts } from './agreement'
import type { Library } from './library'
import { librarySchema } from './structures'

/** What is known of one structure in a case's current labels. */
export interface Finding {
  readonly caseId: string
  readonly structure: string
  readonly volumeMl: number
  /** Mean entropy of the model over what it drew, bits; null where it was never kept. */
  readonly doubt: number | null
  /** 1 - DSC between this model's mask and that of the model before it; null where only one labelled the case. */
  readonly disagreement: number | null
}

/** What a model's proposal tells of its structures, by name, besides where they are. */
export interface ModelFindings {
  readonly doubt: Readonly<Record<string, number>>
  readonly disagreement: Readonly<Record<string, number>>
}

/**
 * Keeps what a case's new labels say of each structure, and the case's means of it for the worklist. What a model said
 * stays until a model says it anew: a reader's edit changes volumes alone. Call in the revision's transaction.
 */
export function recordFindings(
  library: Library,
  { caseId, labels, model }: { caseId: string; labels: LabelMap; model?: ModelFindings },
): void {
  const { database } = library
  const { schema } = database.get<{ schema: string }>('SELECT schema FROM cases WHERE id = ?', caseId)!
  const counts = voxelCounts(labels.data)
  const ml = voxelVolume(labels) / 1000
  for (const { id, name } of librarySchema(library, schema).structures) {
    database.run(
      `INSERT INTO findings (case_id, structure, volume_ml, doubt, disagreement) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (case_id, structure) DO UPDATE SET volume_ml = excluded.volume_ml,
         doubt = coalesce(excluded.doubt, doubt), disagreement = coalesce(excluded.disagreement, disagreement)`,
      caseId,
      name,
      counts[id] * ml,
      model?.doubt[name] ?? null,
      model?.disagreement[name] ?? null,
    )
  }
  database.run(
    `UPDATE cases SET (doubt, disagreement) = (SELECT avg(doubt), avg(disagreement) FROM findings WHERE case_id = cases.id)
     WHERE id = ?`,
    caseId,
  )
}

/** Has a case show no labels: nothing that follows from some is said of it any more. Call in a transaction. */
export function forgetLabels({ database }: Library, caseId: string): void {
  database.run('DELETE FROM findings WHERE case_id = ?', caseId)
  database.run(
    `UPDATE cases SET revision = NULL, reader = NULL, statuses = '{}', doubt = NULL, disagreement = NULL, score = NULL
     WHERE id = ?`,
    caseId,
  )
}

interface FindingRecord {
  readonly case_id: string
  readonly structure: string
  readonly volume_ml: number
  readonly doubt: number | null
  readonly disagreement: number | null
}

/** The findings of one case, or of all. */
export function listFindings(library: Library, caseId?: string): Finding[] {
  const rows =
    caseId === undefined
      ? library.database.all<FindingRecord>('SELECT * FROM findings')
      : library.database.all<FindingRecord>('SELECT * FROM findings WHERE case_id = ?', caseId)
  return rows.map(({ case_id, structure, volume_ml, doubt, disagreement }) => ({
    caseId: case_id,
    structure,
    volumeMl: volume_ml,
    doubt,
    disagreement,
  }))
}
