import { join } from 'node:path'
import type { LabelSchema } from '../../shared/labels/schema'
import { unwatched, type Work } from '../../shared/progress'
import type { Device } from '../graph/session'
import { recordAudit } from '../library/audit'
import { setRole } from '../library/cases'
import type { Library } from '../library/library'
import { currentModel, modelReference, registeredAs, registerModel, type ModelVersion } from '../library/models'
import type { Scores } from '../segmentation/manifest'
import { loadModel, type Model } from '../segmentation/model'
import { segment } from '../segmentation/segment'
import { cardOf, writeCard } from './card'
import { gatherCorrections, resumeCorrections, type CorrectionOptions, type Corrections } from './corrections'
import { endRun, runsSoFar, saveRun, startRun, trainingFolder, unfinishedRun, type CycleRun } from './cycleFile'
import { writeManifest } from './exportModel'
import { judgePaired } from './gate'
import { fusedCase, verifiedOnlyCase, type VerifiedCase } from './libraryCases'
import { aggregate, type Evaluation } from './metrics/aggregate'
import { partialLabelsOf } from './partialLabels'
import { exists } from './runFiles'
import { scoreModel, scoresOf } from './scoreModel'
import { train } from './train'

export interface CycleOptions extends CorrectionOptions {
  readonly device?: Device
  readonly threads?: number
  /** How far a structure may fall; the gate's default for those that are left out. */
  readonly margins?: Readonly<Record<string, number>>
}

export interface CycleResult {
  /** The new version, in the library. */
  readonly model: ModelVersion
  readonly promoted: boolean
  /** One line: why it was promoted or kept out. */
  readonly verdict: string
  readonly before: Scores
  readonly after: Scores
  /** The library's cases that were learned from. */
  readonly cases: readonly string[]
  readonly holdOut: string
  /** The turn's own record, which is to be ended (`endRun`) once the open cases are labelled anew. */
  readonly run: CycleRun
}

/**
 * Turns what readers verified into the next version of the library's current model: verified structures, fused with the
 * model's own pseudo-labels of the rest (or alone, where the recipe says how to learn from partial labels), train it on
 * for a few hundred steps; old and new version are scored on the frozen hold-out; the new one becomes current only where
 * the gate finds it no worse. Either way it is kept, with the verdict and a card.
 *
 * Against forgetting, every verified case of the library is learned from each time, with some phantoms beside them, at most
 * as many, where the model's schema has phantoms. The hold-out is the library's cases of that role that the model has never
 * learned from, and grows with what is verified (`grownHoldOut`); where there are none, phantoms with fixed seeds.
 *
 * A turn that was killed, at whatever step, goes on from there: the same cases, labels, seed, and training from its last
 * checkpoint. It is set aside where another model is current by now, or other steps are asked for.
 *
 * @throws EmendError where there is no model that can be trained on, nothing verified, or nothing to score on; the
 * signal's reason where it was cancelled.
 */
export async function learnFromCorrections(
  library: Library,
  options: CycleOptions = {},
  work: Work = unwatched,
): Promise<CycleResult> {
  const { run, corrections } = await runToWorkOn(library, options, work)
  try {
    return await turn(library, run, corrections, options, work)
  } catch (error) {
    if (work.signal.aborted) {
      recordAudit(library, 'train', run.file.base, 'cancelled')
      await endRun(run, 'cancelled')
    }
    throw error
  }
}

async function runToWorkOn(
  library: Library,
  options: CycleOptions,
  work: Work,
): Promise<{ run: CycleRun; corrections: Corrections }> {
  const begun = unfinishedRun(library)
  const current = currentModel(library)
  if (begun?.file.state === 'running') {
    const sameSteps = options.steps === undefined || options.steps === begun.file.steps
    if (current && begun.file.base === modelReference(current) && sameSteps) {
      recordAudit(library, 'train', begun.file.base, 'goes on')
      return { run: begun, corrections: await resumeCorrections(library, current, begun.file, options, work) }
    }
    await endRun(begun, 'set aside')
  }
  const corrections = await gatherCorrections(library, options, work)
  for (const id of corrections.grown) setRole(library, id, 'hold-out')
  const run = await startRun(library, {
    startedAt: new Date().toISOString(),
    startedBy: library.user,
    base: modelReference(corrections.version),
    // Another each turn: what was kept out is not made again, bit by bit, from the same model and cases.
    seed: runsSoFar(library) + 1,
    steps: options.steps ?? null,
    cases: corrections.verified.map((c) => ({ ...written(c), statuses: { ...c.row.statuses } })),
    holdOut: corrections.held.length > 0 ? corrections.held.map(written) : null,
    before: null,
    after: null,
    model: null,
    promoted: null,
  })
  recordAudit(library, 'train', run.file.base, `on ${corrections.verified.length} cases`)
  return { run, corrections }
}

function written({ row, revision, verified }: VerifiedCase): { id: string; revision: string; verified: string[] } {
  return { id: row.id, revision, verified: [...verified] }
}

async function turn(
  library: Library,
  begun: CycleRun,
  corrections: Corrections,
  options: CycleOptions,
  work: Work,
): Promise<CycleResult> {
  const { current, whole, holdOut, recipe, replayed, verified } = corrections
  let run = begun
  if (run.file.before === null) {
    const scoring = within(work, 'scoring the current model')
    const { cases } = await scoreModel(current, holdOut.cases, { ...options, work: scoring })
    run = await saveRun(run, { before: plain(cases) })
  }
  const before = run.file.before ?? {}
  const folder = trainingFolder(run)
  if (run.file.after === null) {
    const parentScores = scoresOf(aggregated(before, whole))
    run = await saveRun(run, { after: plain(await trained(run, corrections, library, parentScores, options, work)) })
  }
  const after = run.file.after ?? {}
  const verdict = judgePaired(before, after, { margins: options.margins, seed: run.file.seed })
  work.signal.throwIfAborted()
  const card = cardOf(library, run.file, {
    recipe: recipe.name,
    steps: recipe.length.unit === 'steps' ? recipe.length.steps : 0,
    holdOut: { name: holdOut.name, cases: holdOut.cases.map(({ id }) => id) },
    replayed: replayed.length,
    before,
    after,
    verdict,
  })
  await writeCard(folder, card)
  // A kill between the library's row and this run's note of it must not make a second version of the same.
  const model =
    (await registeredAs(library, folder)) ??
    (await registerModel(library, folder, { promoted: verdict.promote, verdict: verdict.line }))
  run = await saveRun(run, { state: 'registered', model: modelReference(model), promoted: verdict.promote })
  return {
    model,
    promoted: verdict.promote,
    verdict: verdict.line,
    before: scoresOf(aggregated(before, whole)),
    after: scoresOf(aggregated(after, whole)),
    cases: verified.map((c) => c.row.id),
    holdOut: holdOut.name,
    run,
  }
}

/** Trains the run's model, from its checkpoint where it left one, and scores it. @returns scores by case */
async function trained(
  run: CycleRun,
  { version, current, recipe, whole, schema, verified, holdOut, replayed }: Corrections,
  library: Library,
  parentScores: Scores,
  options: CycleOptions,
  work: Work,
): Promise<Evaluation['cases']> {
  const { device, threads } = options
  const out = trainingFolder(run)
  if (!(await exists(join(out, 'model.json')))) {
    const weight = Math.max(1, Math.round(replayed.length / verified.length))
    const proposals = { propose: proposer(current, options, work), proposed: current.manifest.channels }
    const verifiedCase =
      partialLabelsOf(recipe) === 'ignore'
        ? (c: VerifiedCase) => fusedCase(library, c, schema, proposals, weight)
        : (c: VerifiedCase) => verifiedOnlyCase(library, c, schema, weight)
    const { name, title, licence, attribution } = current.manifest
    const { evaluation } = await train(
      { schema: whole, cases: [...verified.map(verifiedCase), ...replayed], holdOut },
      {
        recipe,
        seed: run.file.seed,
        out,
        init: version.folder,
        parentScores,
        structures: schema.structures.map(({ name }) => name),
        identity: { name, version: version.version + 1, title, licence, attribution },
        resume: await exists(join(out, 'checkpoint.bin')),
        exampleSeconds: 15,
        device,
        threads,
      },
      work,
    )
    if (evaluation) return evaluation.cases
  }
  // It was trained whole before it was killed, and not scored.
  const model = await loadModel(out)
  const evaluation = await scoreModel(model, holdOut.cases, { device, threads, work })
  const scores = { holdOut: holdOut.name, structures: scoresOf(evaluation), parent: parentScores }
  await writeManifest(out, { ...model.manifest, scores })
  return evaluation.cases
}

/** Means of scores that were written down by case. */
function aggregated(cases: Evaluation['cases'], schema: LabelSchema): Evaluation {
  const scores = Object.entries(cases).map(([id, one]) => [id, { scores: one, notes: [] }] as const)
  return aggregate(Object.fromEntries(scores), schema)
}

function plain(
  cases: Evaluation['cases'],
): Record<string, Record<string, { dsc: number; nsd: number; hd95: number | null }>> {
  return Object.fromEntries(Object.entries(cases).map(([id, scores]) => [id, { ...scores }]))
}

/** What a model says of an image, for the structures that nobody verified. */
function proposer(
  model: Model,
  { device, threads }: CycleOptions,
  work: Work,
): Parameters<typeof fusedCase>[3]['propose'] {
  return async (image) => {
    const quiet: Work = { report: () => undefined, signal: work.signal }
    return (await segment(image, model, { device, threads, work: quiet })).labels
  }
}

function within(work: Work, phase: string): Work {
  return { ...work, report: (progress) => work.report({ ...progress, phase }) }
}
