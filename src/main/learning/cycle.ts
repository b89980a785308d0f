import { EmendError, oneLine } from '../../shared/errors'
import type { ModelCard } from '../../shared/modelCard'
import { leftOutLine } from '../../shared/modelCardWords'
import { unwatched, type Work } from '../../shared/progress'
import { recordAudit } from '../library/audit'
import { setRole } from '../library/cases'
import type { Library } from '../library/library'
import { libraryMargins } from '../library/margins'
import { currentModel, modelReference, registeredAs, registerModel, type ModelVersion } from '../library/models'
import type { Scores } from '../segmentation/manifest'
import { loadModel } from '../segmentation/model'
import { cardOf, writeCard } from './card'
import { gatherCorrections, resumeCorrections, type CorrectionOptions, type Corrections } from './corrections'
import { endRun, saveRun, startRun, trainingFolder, unfinishedRun, type CycleFile, type CycleRun } from './cycleFile'
import { missingHeldOut } from './damagedCases'
import { judgePaired, type Verdict } from './gate'
import type { VerifiedCase } from './libraryCases'
import { lessonScores } from './lessonScores'
import { aggregated, named, nextVersion, plain, type ComputeOptions } from './nextVersion'
import { scoreModel, scoresOf } from './scoreModel'
import { distillationCard, distilled, hasTeacherOf, teacherPart, teacherTrained } from './teacherTurn'
import { nextSeed } from './turnCases'
import { judgeUnproven, unprovenStructures, unprovenText, writeOffers } from './unprovenStructures'

export interface CycleOptions extends CorrectionOptions, ComputeOptions {
  /** How far a structure may fall; the library's margins, then the gate's default, for those that are left out. */
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
 * Against forgetting, every verified case of the library is learned from each time, or as many as fit into memory, others
 * each time (`sampleCases`), with some phantoms beside them, where the model's schema has phantoms. The hold-out is the library's cases of that role that the model has never
 * learned from, and grows with what is verified (`grownHoldOut`); where there are none, phantoms with fixed seeds.
 *
 * Where the library has a teacher, that is trained on first, gated and kept likewise, and what is evaluated and promoted is
 * the student that the better of its two versions teaches (`teacherTurn.ts`).
 *
 * A turn that was killed, at whatever step, goes on from there: the same cases, labels, seed, and training from its last
 * checkpoint. It is set aside where another model is current, or teaches, by now, or other steps are asked for.
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
  return settled(library, run, work, () => turn(library, run, corrections, options, work))
}

/**
 * Does a turn's work. Where that is cancelled, or refused for a reason that the same turn would meet again, the run ends
 * and the audit says so; after a kill, or where the disk failed, it stays to be gone on with.
 */
export async function settled<T>(library: Library, run: CycleRun, work: Work, doIt: () => Promise<T>): Promise<T> {
  try {
    return await doIt()
  } catch (error) {
    if (work.signal.aborted) {
      recordAudit(library, 'train', run.file.base, 'cancelled')
      await endRun(run, 'cancelled')
    } else if (isRefusal(error)) {
      const reason = oneLine(error)
      recordAudit(library, 'train', run.file.base, `failed: ${reason}`)
      await endRun(run, 'failed', reason)
    }
    throw error
  }
}

/** Whether trying again changes nothing: not where the system failed, but for a file that is gone. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof EmendError)) return false
  for (let cause = error.cause; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code !== undefined) return code === 'ENOENT'
  }
  return true
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
    if (current && begun.file.base === modelReference(current) && sameSteps && hasTeacherOf(library, begun.file)) {
      recordAudit(library, 'train', begun.file.base, 'goes on')
      const resumed = (): Promise<Corrections> => resumeCorrections(library, current, begun.file, options, work)
      return { run: begun, corrections: await settled(library, begun, work, resumed) }
    }
    await endRun(begun, 'set aside')
  }
  const corrections = await gatherCorrections(library, options, work)
  for (const id of corrections.grown) setRole(library, id, 'hold-out')
  const run = await startRun(library, {
    startedAt: new Date().toISOString(),
    startedBy: library.user,
    base: modelReference(corrections.version),
    recipe: { ...corrections.recipe },
    seed: nextSeed(library),
    steps: options.steps ?? null,
    cases: corrections.verified.map((c) => ({ ...written(c), statuses: { ...c.row.statuses } })),
    verified: corrections.outOf,
    holdOut: corrections.held.length > 0 ? corrections.held.map(written) : null,
    ...(corrections.leftOut.length > 0 && { leftOut: [...corrections.leftOut] }),
    before: null,
    after: null,
    ...(corrections.teacher && { teacher: teacherPart(corrections.teacher) }),
    model: null,
    promoted: null,
  })
  const teacher = run.file.teacher ? `, after its teacher ${run.file.teacher.base}` : ''
  const { verified, outOf } = corrections
  const all = verified.length < outOf ? ` of ${outOf}` : ''
  recordAudit(library, 'train', run.file.base, `on ${verified.length}${all} cases${teacher}${withoutDamaged(run.file)}`)
  return { run, corrections }
}

/** What an audit says of cases that a turn leaves out; nothing where it leaves none. */
export function withoutDamaged({ leftOut = [] }: CycleFile): string {
  return leftOut.length > 0 ? `; ${leftOut.map(leftOutLine).join('; ')}` : ''
}

/** A case as a turn writes it down. */
export function written({ row, revision, verified }: VerifiedCase): {
  id: string
  revision: string
  verified: string[]
} {
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
  let run = corrections.teacher ? await teacherTrained(library, begun, corrections, options, work) : begun
  const lesson = await distilled(library, run.file, corrections)
  if (run.file.before === null) {
    const scoring = named(work, { scoring: 'scoring the current model' })
    const { cases } = await scoreModel(current, holdOut.cases, { ...options, work: scoring })
    run = await saveRun(run, { before: plain(cases) })
  }
  const before = run.file.before ?? {}
  const folder = trainingFolder(run)
  if (run.file.after === null) {
    const parentScores = scoresOf(aggregated(before, whole))
    const version = { out: folder, seed: run.file.seed, whole, holdOut, parentScores }
    const training = lesson.distilled ? named(work, { training: 'distilling' }) : work
    run = await saveRun(run, { after: plain(await nextVersion(library, lesson, version, options, training)) })
  }
  const after = run.file.after ?? {}
  const unprovenNames = unprovenStructures(current, corrections.schema, after, corrections.held)
  if (!run.file.lessons) {
    const made = { out: folder, seed: run.file.seed, unproven: unprovenNames }
    const { fresh, former } = await lessonScores(library, corrections, made, options, work)
    run = await saveRun(run, { lessons: plain(fresh), formerLessons: plain(former) })
  }
  const { lessons, formerLessons } = run.file
  const judged = judgePaired(before, after, {
    margins: { ...libraryMargins(library), ...options.margins },
    lessons,
    formerLessons: corrections.held.length === 0 ? formerLessons : undefined,
    missing: missingHeldOut(corrections.leftOut, corrections.held),
    seed: run.file.seed,
  })
  const unproven = judgeUnproven(unprovenNames, { ...formerLessons, ...lessons }, current)
  const verdict = { ...judged, line: judged.line + unprovenText(unproven) }
  work.signal.throwIfAborted()
  await writeOffers(await loadModel(folder), unproven)
  const card = cardOf(library, run.file, {
    recipe: recipe.name,
    steps: recipe.length.unit === 'steps' ? recipe.length.steps : 0,
    holdOut: { name: holdOut.name, cases: holdOut.cases.map(({ id }) => id) },
    replayed: replayed.length,
    before,
    after,
    verdict,
    compute: options,
    unproven,
    distillation: distillationCard(run.file, corrections, options.margins),
  })
  const registered = await registerMade(library, run, card, verdict)
  return {
    ...registered,
    before: scoresOf(aggregated(before, whole)),
    after: scoresOf(aggregated(after, whole)),
    cases: verified.map((c) => c.row.id),
    holdOut: holdOut.name,
  }
}

/** Takes what a turn made into the library, with its card; in use from now on where the gate promotes it. */
export async function registerMade(
  library: Library,
  run: CycleRun,
  card: ModelCard,
  { promote, line }: Verdict,
): Promise<Pick<CycleResult, 'model' | 'promoted' | 'verdict' | 'run'>> {
  const folder = trainingFolder(run)
  await writeCard(folder, card)
  // A kill between the library's row and this run's note of it must not make a second version of the same.
  const model =
    (await registeredAs(library, folder)) ??
    (await registerModel(library, folder, { promoted: promote, verdict: line }))
  const saved = await saveRun(run, { state: 'registered', model: modelReference(model), promoted: promote })
  return { model, promoted: promote, verdict: line, run: saved }
}
