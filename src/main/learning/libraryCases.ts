import { createHash } from 'node:crypto'
import type { CaseRow } from '../../shared/contract'
import { BACKGROUND, NOT_ANNOTATED, type LabelSchema } from '../../shared/labels/schema'
import { verifiedStructures } from '../../shared/labels/status'
import { readCaseImage } from '../library/cases'
import type { Library } from '../library/library'
import { readRevision } from '../library/revisions'
import type { LabelMap, Volume } from '../imaging/volume'
import { fuseLabels } from './fuse'
import type { CaseSource, HoldOutCases } from './trainingData'

/** A case whose current labels have at least one of the schema's structures verified. */
export interface VerifiedCase {
  readonly row: CaseRow
  readonly revision: string
  readonly verified: readonly string[]
}

/**
 * The cases of one role that something can be learned from, or scored on. One that is read twice waits until the two
 * readings are settled.
 */
export function verifiedCases(rows: readonly CaseRow[], role: CaseRow['role'], schema: LabelSchema): VerifiedCase[] {
  const names = new Set(schema.structures.map((s) => s.name))
  return rows.flatMap((row): VerifiedCase[] => {
    if (row.role !== role || row.facts?.reading || row.revision === null || row.schema !== schema.name) return []
    const verified = verifiedStructures(row.statuses).filter((name) => names.has(name))
    return verified.length > 0 ? [{ row, revision: row.revision, verified }] : []
  })
}

/** What a model says of a case's image. */
export type Propose = (caseId: string, image: Volume) => Promise<LabelMap>

/**
 * What is trained on of a verified case: its verified structures, fused with what `propose` says of the others.
 * @param schema the structures that the network learns
 * @param proposed those of which `propose` says something; of another one nothing is known where it is not verified
 */
export function fusedCase(
  library: Library,
  { row, revision }: VerifiedCase,
  schema: LabelSchema,
  { propose, proposed }: { propose: Propose; proposed: readonly string[] },
  weight: number,
): CaseSource {
  const verified = verifiedStructures(row.statuses)
  const names = schema.structures.map(({ name }) => name)
  const known = names.filter((name) => verified.includes(name) || proposed.includes(name))
  const load = async (): Promise<{ image: Volume; labels: LabelMap }> => {
    const image = await readCaseImage(library, row.id)
    const labels = await readRevision(library, row.id, revision)
    const complete = names.every((name) => verified.includes(name))
    const pseudo = complete ? [] : [(await propose(row.id, image)).data]
    const data = fuseLabels({ schema, verified: labels.data, statuses: row.statuses, pseudo })
    return { image, labels: { ...labels, data } }
  }
  return { id: row.id, revision, annotated: known.length === names.length ? null : known, weight, size: row, load }
}

/**
 * What is trained on of a verified case by a recipe that learns from partial labels: its verified structures alone, and
 * of all other voxels only that they are none of these.
 */
export function verifiedOnlyCase(
  library: Library,
  { row, revision, verified }: VerifiedCase,
  schema: LabelSchema,
  weight: number,
): CaseSource {
  const load = async (): Promise<{ image: Volume; labels: LabelMap }> => {
    const labels = await readRevision(library, row.id, revision)
    const present = new Uint8Array(256)
    for (const { id, name } of schema.structures) {
      if (verified.includes(name) && row.statuses[name] !== 'absent') present[id] = 1
    }
    const data = labels.data.map((id) => (present[id] || id === NOT_ANNOTATED ? id : BACKGROUND))
    return { image: await readCaseImage(library, row.id), labels: { ...labels, data } }
  }
  return { id: row.id, revision, annotated: verified, weight, size: row, load }
}

/**
 * The library's own hold-out, as it stands: each case scored on its verified structures alone. Its name changes with
 * what is in it, so that no two scores are compared that were not taken on the same labels.
 */
export function libraryHoldOut(library: Library, cases: readonly VerifiedCase[]): HoldOutCases {
  const digest = createHash('sha256')
  for (const { row, revision, verified } of cases) digest.update(JSON.stringify([row.id, revision, verified]))
  return {
    name: `library-${cases.length}-${digest.digest('hex').slice(0, 8)}`,
    cases: cases.map(({ row, revision, verified }) => ({
      id: row.id,
      revision,
      annotated: verified,
      load: async () => ({
        image: await readCaseImage(library, row.id),
        labels: await readRevision(library, row.id, revision),
      }),
    })),
  }
}
