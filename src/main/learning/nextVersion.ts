import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { LabelSchema } from '../../shared/labels/schema'
import type { Work } from '../../shared/progress'
import type { Device } from '../graph/session'
import { loadNifti, saveNifti } from '../imaging/nifti'
import type { Library } from '../library/library'
import type { Scores } from '../segmentation/manifest'
import { offeredStructures, type Model } from '../segmentation/model'
import { segment } from '../segmentation/segment'
import type { Lesson } from './corrections'
import { proposalsFolder } from './cycleFile'
import { fusedCase, verifiedOnlyCase, type Propose, type VerifiedCase } from './libraryCases'
import { aggregate, type Evaluation } from './metrics/aggregate'
import { partialLabelsOf } from './partialLabels'
import { exists } from './runFiles'
import type { CaseSource, HoldOutCases } from './trainingData'
import type { UnlabelledSource } from './unlabelled'
import { trainVersion } from './versionTraining'

/** What a student has beside its lesson. */
export interface Distilled {
  readonly teacher: Model
  /** Images that nobody has read: of these it learns what the teacher says alone. */
  readonly unread: readonly UnlabelledSource[]
}

/** Where the next version of a model is made, and what it is scored on. */
export interface VersionToBe {
  readonly out: string
  readonly seed: number
  /** The library's whole schema. */
  readonly whole: LabelSchema
  readonly holdOut: HoldOutCases
  readonly parentScores: Scores
}

export interface ComputeOptions {
  readonly device?: Device
  readonly threads?: number
  /** Seconds between two checkpoints; `train`'s default where left out. */
  readonly checkpointSeconds?: number
}

/**
 * Trains a model on by its lesson, from its checkpoint where a killed run left one, and scores it.
 *
 * A model on its own learns verified structures fused with its own pseudo-labels of the rest, or alone, where its recipe
 * gives what is not annotated a meaning of its own. A student learns verified structures as they are and, wherever nothing is
 * verified, what its teacher says.
 *
 * @returns scores by case
 */
export async function nextVersion(
  library: Library,
  lesson: Lesson & { readonly distilled?: Distilled | null },
  { out, seed, whole, holdOut, parentScores }: VersionToBe,
  compute: ComputeOptions,
  work: Work,
): Promise<Evaluation['cases']> {
  const { version, current, recipe, schema, verified, replayed, distilled } = lesson
  const weight = Math.max(1, Math.round(replayed.length / verified.length))
  const proposals = {
    propose: proposer(current, proposalsFolder(out), compute, work),
    proposed: offeredStructures(current).map((structure) => structure.name),
  }
  const asSource =
    !distilled && ['ignore', 'missing'].includes(partialLabelsOf(recipe))
      ? (c: VerifiedCase): CaseSource => fusedCase(library, c, schema, proposals, weight)
      : (c: VerifiedCase): CaseSource => verifiedOnlyCase(library, c, schema, weight)
  const { name, title, licence, attribution } = current.manifest
  return trainVersion(
    { schema: whole, cases: [...verified.map(asSource), ...replayed], holdOut, unlabelled: distilled?.unread },
    {
      ...compute,
      recipe,
      seed,
      out,
      init: version.folder,
      teachers: distilled ? [distilled.teacher] : undefined,
      parentScores,
      structures: schema.structures.map((structure) => structure.name),
      identity: { name, version: version.version + 1, title, licence, attribution },
    },
    work,
  )
}

/** Means of scores that were written down by case. */
export function aggregated(cases: Evaluation['cases'], schema: LabelSchema): Evaluation {
  const scores = Object.entries(cases).map(([id, one]) => [id, { scores: one, notes: [] }] as const)
  return aggregate(Object.fromEntries(scores), schema)
}

/** Scores by case as a run writes them down. */
export function plain(
  cases: Evaluation['cases'],
): Record<string, Record<string, { dsc: number; nsd: number; hd95: number | null }>> {
  return Object.fromEntries(Object.entries(cases).map(([id, scores]) => [id, { ...scores }]))
}

/** The same work, with other names for its phases. */
export function named(work: Work, names: Readonly<Record<string, string>>): Work {
  return { ...work, report: (progress) => work.report({ ...progress, phase: names[progress.phase] ?? progress.phase }) }
}

/**
 * What a model says of an image, for the structures that nobody verified. It is kept in a folder of the run, so that a
 * turn which was killed asks for none twice.
 */
function proposer(model: Model, folder: string, options: ComputeOptions, work: Work): Propose {
  const quiet: Work = { report: () => undefined, signal: work.signal }
  return async (caseId, image) => {
    const path = join(folder, `${caseId}.nii.gz`)
    if (await exists(path)) {
      const { data } = (await loadNifti(path)).volume
      if (data instanceof Uint8Array) return { dims: image.dims, affine: image.affine, data }
    }
    const { labels } = await segment(image, model, { ...options, work: quiet })
    await mkdir(folder, { recursive: true })
    await saveNifti(path, labels)
    return labels
  }
}
