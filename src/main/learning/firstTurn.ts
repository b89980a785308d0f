import type { LearningPlan } from '../../shared/contract'
import { EmendError, oneLine } from '../../shared/errors'
import type { LabelSchema } from '../../shared/labels/schema'
import type { LeftOutCase } from '../../shared/modelCard'
import { leftOutLine } from '../../shared/modelCardWords'
import { unwatched, type Work } from '../../shared/progress'
import { recordAudit } from '../library/audit'
import { listCases, setRole } from '../library/cases'
import type { Library } from '../library/library'
import { schemaInUse } from '../library/schemas'
import { librarySchema } from '../library/structures'
import { loadModel } from '../segmentation/model'
import { cardOf } from './card'
import {
  asVerifiedIn,
  casesWritten,
  drawnStructures,
  holdOutShare,
  requireSomething,
  withoutPatientsHeld,
} from './corrections'
import { registerMade, settled, withoutDamaged, written, type CycleOptions, type CycleResult } from './cycle'
import { endRun, saveRun, startRun, trainingFolder, unfinishedRun, type CycleFile, type CycleRun } from './cycleFile'
import { DamagedCases } from './damagedCases'
import { judgeFirst } from './gate'
import { grownHoldOut, type VerifiedIn } from './holdOutGrowth'
import { lessonScores } from './lessonScores'
import { libraryHoldOut, verifiedCases, verifiedOnlyCase, type VerifiedCase } from './libraryCases'
import type { Evaluation } from './metrics/aggregate'
import { memoryAtHand } from './memory'
import { aggregated, plain } from './nextVersion'
import { fingerprintOf } from './planning/fingerprint'
import { patientsOf } from './patients'
import { planFor } from './planning/plan'
import { parseRecipe, type Recipe } from './recipe'
import { scoresOf } from './scoreModel'
import type { CaseSource, HoldOutCases } from './trainingData'
import { drawTurnCases, nextSeed } from './turnCases'
import { twinsOf } from './twins'
import { judgeUnproven, unprovenStructures, unprovenText, writeOffers } from './unprovenStructures'
import { trainVersion } from './versionTraining'

/** Steps that a schema's first model is trained for, where nobody asks for others. */
const FIRST_STEPS = 400

/** What the first model of a schema is made from. */
interface FirstLesson {
  /** The library's schema in use. */
  readonly whole: LabelSchema
  /** The same with what readers drew, which is what the model learns. */
  readonly schema: LabelSchema
  readonly verified: readonly VerifiedCase[]
  readonly held: readonly VerifiedCase[]
  /** Those of `held` that are held out only from now on. */
  readonly spared: readonly string[]
  /** Cases that it does without, as they cannot be read. */
  readonly leftOut: readonly LeftOutCase[]
  /** How many cases are verified and not held out. */
  readonly outOf: number
}

/**
 * Makes the first model of the library's schema, from nothing but what readers verified: planned from those cases
 * (`planFor`), trained, and scored on cases that are held out from now on. It is in use at once, and the next turn of the
 * cycle trains it on. A turn that was killed goes on from there, as every turn does.
 *
 * @throws EmendError where nothing is verified, or nothing is left to score on; the signal's reason where it was cancelled
 */
export async function learnFirst(
  library: Library,
  options: CycleOptions = {},
  work: Work = unwatched,
): Promise<CycleResult> {
  const { run, lesson } = await runToWorkOn(library, options, work)
  return settled(library, run, work, () => turn(library, run, lesson, options, work))
}

/** What the next run would use, where it makes the schema's first model. */
export async function planFirst(library: Library): Promise<LearningPlan> {
  const nothing = { model: null, teacher: null, teachers: [], steps: FIRST_STEPS }
  try {
    const { verified, held, outOf } = await gatherFirst(library)
    return {
      ...nothing,
      verified: outOf,
      cases: verified.map(({ row, verified }) => ({ id: row.id, title: row.title, verified: [...verified] })),
      holdOut: held.map(({ row }) => row.id),
      obstacle: null,
    }
  } catch (error) {
    if (!(error instanceof EmendError)) throw error
    return { ...nothing, verified: 0, cases: [], holdOut: [], obstacle: oneLine(error) }
  }
}

/** @param toBegin looks for cases that show what is held out, or cannot be read, too; null reads no voxel */
async function gatherFirst(library: Library, toBegin: Work | null = null): Promise<FirstLesson> {
  const damaged = new DamagedCases(library, toBegin ?? unwatched)
  for (;;) {
    const lesson = await gatheredFrom(library, toBegin, damaged)
    if (!toBegin || !(await damaged.look([...lesson.verified, ...lesson.held]))) return lesson
  }
}

async function gatheredFrom(library: Library, toBegin: Work | null, damaged: DamagedCases): Promise<FirstLesson> {
  const whole = librarySchema(library, schemaInUse(library))
  const rows = listCases(library).filter((row) => row.role === 'hold-out' || !damaged.has(row))
  const schema = drawnOf(whole, rows)
  const verified = verifiedCases(rows, 'work', schema)
  if (verified.length === 0) {
    throw new EmendError(`there is nothing to learn ${whole.title} from yet`, {
      hint: 'draw its structures in two cases at least and accept them',
    })
  }
  const held = verifiedCases(rows, 'hold-out', schema)
  const patients = await patientsOf(
    library,
    [...verified, ...held].map(({ row }) => row),
  )
  const asked = (cases: readonly VerifiedCase[]): VerifiedIn[] => cases.map((one) => asVerifiedIn(one, patients))
  const grown = grownHoldOut(asked(verified), asked(held), new Set(), holdOutShare(library))
  const spared = held.length + grown.length > 0 ? grown : spare(verified, patients, schema)
  const settled = rows.map((row) => (spared.includes(row.id) ? { ...row, role: 'hold-out' as const } : row))
  const free = withoutPatientsHeld(settled, patients)
  const frozen = settled.filter(({ role }) => role === 'hold-out')
  const readRows = verifiedCases(free, 'work', schema).map(({ row }) => row)
  const twins = toBegin ? await twinsOf(library, readRows, frozen, toBegin) : new Set<string>()
  const possible = free.filter(({ id }) => !twins.has(id))
  const learned = drawnOf(whole, possible)
  const lesson = {
    whole,
    schema: learned,
    verified: verifiedCases(possible, 'work', learned),
    held: verifiedCases(possible, 'hold-out', learned).filter(({ row }) => !damaged.has(row)),
    spared,
    leftOut: damaged.all,
    outOf: verifiedCases(settled, 'work', schema).length,
  }
  requireSomething(lesson.verified, lesson.outOf)
  requireHeld(lesson)
  return lesson
}

/** @throws EmendError where what is held out cannot be read: no other case may take its place. */
function requireHeld({ held, leftOut }: FirstLesson): void {
  const [damaged] = leftOut.filter(({ role }) => role === 'hold-out')
  if (held.length > 0 || !damaged) return
  throw new EmendError(`no case of the hold-out can be read: ${leftOutLine(damaged)}`)
}

/** Of the schema what some case at work shows. */
function drawnOf(whole: LabelSchema, rows: Parameters<typeof drawnStructures>[1]): LabelSchema {
  const drawn = drawnStructures(whole, rows)
  return { ...whole, structures: whole.structures.filter(({ name }) => drawn.includes(name)) }
}

/**
 * Where too few cases are verified to hold out a share of them: the one that says most, and all of its patient, without
 * which the others still show every structure. Among equals the first by its id, which follows from the image.
 */
function spare(
  verified: readonly VerifiedCase[],
  patients: ReadonlyMap<string, string>,
  { structures }: LabelSchema,
): string[] {
  const shows = ({ row }: VerifiedCase, name: string): boolean =>
    row.statuses[name] === 'accepted' || row.statuses[name] === 'corrected'
  const isOf = (one: VerifiedCase, other: VerifiedCase): boolean =>
    patients.get(one.row.id) === patients.get(other.row.id)
  const missing = (left: VerifiedCase): string[] =>
    structures.map(({ name }) => name).filter((name) => !verified.some((one) => !isOf(one, left) && shows(one, name)))
  const [best] = verified
    .filter((one) => missing(one).length === 0)
    .sort((a, b) => b.verified.length - a.verified.length || (a.row.id < b.row.id ? -1 : 1))
  if (best) return verified.filter((one) => isOf(one, best)).map(({ row }) => row.id)
  const once = structures.filter(({ name }) => verified.filter((one) => shows(one, name)).length === 1)
  const names = (once.length > 0 ? once : structures).map(({ title }) => title).join(', ')
  throw new EmendError('there is nothing to judge the first model on', {
    hint: `verify one case more with ${names}: one is held out`,
  })
}

async function runToWorkOn(
  library: Library,
  { steps }: CycleOptions,
  work: Work,
): Promise<{ run: CycleRun; lesson: FirstLesson }> {
  const name = schemaInUse(library)
  const begun = unfinishedRun(library)
  if (begun?.file.state === 'running') {
    const sameSteps = steps === undefined || steps === begun.file.steps
    if (begun.file.first && begun.file.base === name && sameSteps) {
      recordAudit(library, 'train', name, 'goes on')
      return settled(library, begun, work, () => Promise.resolve({ run: begun, lesson: lessonOf(library, begun.file) }))
    }
    await endRun(begun, 'set aside')
  }
  const lesson = await gatherFirst(library, work)
  for (const id of lesson.spared) setRole(library, id, 'hold-out')
  const run = await startRun(library, {
    startedAt: new Date().toISOString(),
    startedBy: library.user,
    base: name,
    first: { recipe: null },
    seed: nextSeed(library),
    steps: steps ?? null,
    cases: lesson.verified.map(withStatuses),
    verified: lesson.outOf,
    holdOut: lesson.held.map(written),
    ...(lesson.leftOut.length > 0 && { leftOut: [...lesson.leftOut] }),
    before: {},
    after: null,
    model: null,
    promoted: null,
  })
  const without = withoutDamaged(run.file)
  recordAudit(library, 'train', name, `the first model, on ${lesson.verified.length} cases${without}`)
  return { run, lesson }
}

function withStatuses(one: VerifiedCase): CycleFile['cases'][number] {
  return { ...written(one), statuses: { ...one.row.statuses } }
}

/** What a turn that was begun learns. @throws EmendError where a case is gone */
function lessonOf(library: Library, file: CycleFile): FirstLesson {
  const cases = casesWritten(library, file)
  const whole = librarySchema(library, file.base)
  const schema = drawnOf(
    whole,
    cases.verified.map(({ row }) => row),
  )
  const outOf = file.verified ?? cases.verified.length
  return { whole, schema, ...cases, spared: [], leftOut: file.leftOut ?? [], outOf }
}

/** Plans the recipe, and which of the cases fit into memory beside it, and writes both down. */
async function plannedRun(
  library: Library,
  run: CycleRun,
  lesson: FirstLesson,
  options: CycleOptions,
  work: Work,
): Promise<CycleRun> {
  const { schema, verified } = lesson
  const cases = verified.map((one) => verifiedOnlyCase(library, one, schema, 1))
  const recipe = await recipeFor(lesson, cases, options, work)
  const training = { recipe, channels: schema.structures.length + 1 }
  const all = { verified, unread: [], replayed: 0 }
  const drawn = drawTurnCases(library, all, [training], options, run.file.seed)
  return saveRun(run, { first: { recipe: { ...recipe } }, cases: drawn.verified.map(withStatuses) })
}

async function turn(
  library: Library,
  begun: CycleRun,
  begunWith: FirstLesson,
  options: CycleOptions,
  work: Work,
): Promise<CycleResult> {
  let run = begun.file.first?.recipe ? begun : await plannedRun(library, begun, begunWith, options, work)
  const recipe = parseRecipe(run.file.first?.recipe, 'of the run')
  const lesson = lessonOf(library, run.file)
  const { schema, verified, held } = lesson
  const holdOut = libraryHoldOut(library, held)
  const cases = verified.map((one) => verifiedOnlyCase(library, one, schema, 1))
  if (run.file.after === null) {
    const out = trainingFolder(run)
    const scores = await trained(lesson, { recipe, seed: run.file.seed, cases, holdOut, out }, options, work)
    run = await saveRun(run, { after: plain(scores) })
  }
  const after = run.file.after ?? {}
  const names = unprovenStructures(null, schema, after, held)
  if (names.length > 0 && !run.file.lessons) {
    const made = { out: trainingFolder(run), seed: run.file.seed, unproven: names }
    const lessons = await lessonScores(library, { ...lesson, current: null }, made, options, work)
    run = await saveRun(run, { lessons: plain(lessons.fresh) })
  }
  const unproven = judgeUnproven(names, run.file.lessons ?? {}, null)
  const judged = judgeFirst(after)
  const verdict = { ...judged, line: judged.line + unprovenText(unproven) }
  work.signal.throwIfAborted()
  await writeOffers(await loadModel(trainingFolder(run)), unproven)
  const learned = verified.map(written)
  const card = cardOf(
    library,
    { ...run.file, base: null, cases: learned },
    {
      recipe: recipe.name,
      steps: recipe.length.unit === 'steps' ? recipe.length.steps : 0,
      holdOut: { name: holdOut.name, cases: holdOut.cases.map(({ id }) => id) },
      replayed: 0,
      before: {},
      after,
      verdict,
      compute: options,
      unproven,
    },
  )
  return {
    ...(await registerMade(library, run, card, verdict)),
    before: {},
    after: scoresOf(aggregated(after, lesson.whole)),
    cases: verified.map(({ row }) => row.id),
    holdOut: holdOut.name,
  }
}

/** What suits the cases and the machine. */
async function recipeFor(
  { schema }: FirstLesson,
  cases: readonly CaseSource[],
  { device, steps }: CycleOptions,
  work: Work,
): Promise<Recipe> {
  const preset = device === undefined || device === 'cpu' ? 'tiny' : 'site'
  const { recipe } = planFor(await fingerprintOf(cases, work), schema, { preset, memory: memoryAtHand() })
  return { ...recipe, length: { unit: 'steps', steps: steps ?? FIRST_STEPS } }
}

function trained(
  { whole, schema }: FirstLesson,
  made: { recipe: Recipe; seed: number; cases: readonly CaseSource[]; holdOut: HoldOutCases; out: string },
  { device, threads, checkpointSeconds }: CycleOptions,
  work: Work,
): Promise<Evaluation['cases']> {
  const { recipe, seed, cases, holdOut, out } = made
  const { name, title } = whole
  return trainVersion(
    { schema: whole, cases, holdOut },
    {
      device,
      threads,
      checkpointSeconds,
      recipe,
      seed,
      out,
      structures: schema.structures.map((structure) => structure.name),
      identity: { name, version: 1, title, licence: 'as the cases', attribution: 'trained by Emend on cases of this library' }, // prettier-ignore
    },
    work,
  )
}
