import * as v from 'valibot'
import type { CaseRow, LearningPlan } from '../../shared/contract'
import { EmendError, oneLine } from '../../shared/errors'
import { structureNamed, type LabelSchema } from '../../shared/labels/schema'
import { verifiedStructures } from '../../shared/labels/status'
import type { LeftOutCase } from '../../shared/modelCard'
import { leftOutLine } from '../../shared/modelCardWords'
import { unwatched, type Work } from '../../shared/progress'
import { getCase, listCases } from '../library/cases'
import type { Library } from '../library/library'
import { currentModel, modelNamed, modelReference, type ModelVersion } from '../library/models'
import { readSetting } from '../library/settingsTable'
import { librarySchema } from '../library/structures'
import { possibleTeachers, teachingModel } from '../library/teaching'
import { loadModel, type Model } from '../segmentation/model'
import type { Training } from './caseRoom'
import { correctionRecipe } from './correctionRecipe'
import type { CycleFile } from './cycleFile'
import { DamagedCases, type WantedCase } from './damagedCases'
import { isHeldOut } from './holdOut'
import { grownHoldOut, LEAST_VERIFIED, type VerifiedIn } from './holdOutGrowth'
import { libraryHoldOut, verifiedCases, type VerifiedCase } from './libraryCases'
import { patientsOf } from './patients'
import { defaultDistillation, forStudent, parseRecipe, type Recipe } from './recipe'
import { requireTeacher } from './teacherChoice'
import type { CaseSource, HoldOutCases } from './trainingData'
import { drawTurnCases, shownIn, type RoomOptions } from './turnCases'
import { heldOutPhantoms, replayedPhantoms, type TurnPhantoms } from './turnPhantoms'
import { twinsOf } from './twins'

export interface CorrectionOptions extends RoomOptions {
  /** Steps to train; as many as the model's recipe says where left out. */
  readonly steps?: number
  /** Phantoms that are replayed beside the corrections, and phantoms scored on where the library has no hold-out. */
  readonly phantoms?: TurnPhantoms
}

/** What one network learns in a turn of the cycle. */
export interface Lesson {
  readonly version: ModelVersion
  readonly current: Model
  readonly recipe: Recipe
  /** The library's schema with the structures that the network learns, in the order of its channels. */
  readonly schema: LabelSchema
  readonly verified: readonly VerifiedCase[]
  readonly replayed: readonly CaseSource[]
}

/** All that one turn of the learning cycle works with: what the current model learns, and before it its teacher. */
export interface Corrections extends Lesson {
  /** The library's whole schema. */
  readonly whole: LabelSchema
  readonly holdOut: HoldOutCases
  /** The teacher's lesson, and the cases that nobody has read, for the student; null where the library has no teacher. */
  readonly teacher: (Lesson & { readonly unread: readonly string[] }) | null
  /** How many cases are verified, of which the turn learns from those that fit. */
  readonly outOf: number
  /** The library's cases that are scored on, and those of them that become part of the hold-out only now. */
  readonly held: readonly VerifiedCase[]
  readonly grown: readonly string[]
  /** Cases that it does without, as they cannot be read. */
  readonly leftOut: readonly LeftOutCase[]
}

/**
 * Finds what the library's current model can learn from now, without reading a voxel; to begin a turn, cases that show
 * what is held out (`twinsOf`) and cases that cannot be read are looked for, too, and left out. Cases of patients that are
 * held out are left alone, and of the others those are drawn that fit into memory.
 * @throws EmendError where there is no model that can be trained on, nothing verified, nothing to score on, or most of it
 * cannot be read.
 */
export async function gatherCorrections(
  library: Library,
  options: CorrectionOptions = {},
  work: Work = unwatched,
  toBegin = true,
): Promise<Corrections> {
  const damaged = new DamagedCases(library, work)
  for (;;) {
    const found = await gatheredFrom(library, options, work, toBegin, damaged)
    if (!toBegin || !(await damaged.look(wantedBy(library, found)))) return found
  }
}

function wantedBy(library: Library, { verified, held, teacher }: Corrections): WantedCase[] {
  const unread = (teacher?.unread ?? []).map((id) => ({ row: getCase(library, id), revision: null, verified: [] }))
  return [...verified, ...held, ...unread]
}

async function gatheredFrom(
  library: Library,
  options: CorrectionOptions,
  work: Work,
  toBegin: boolean,
  damaged: DamagedCases,
): Promise<Corrections> {
  const version = currentModel(library)
  if (!version) throw new EmendError('there is no model to train on', { hint: 'choose one under Learning' })
  const current = await loadModel(version.folder)
  const teaching = await teacherOf(library)
  const models = teaching ? [current, teaching.current] : [current]
  const whole = librarySchema(library, current.manifest.schema)
  // One that is held out stays so, that nobody of its patient is learned from, and no other comes in its place.
  const rows = listCases(library).filter((row) => isHeld(row) || !damaged.has(row))
  const patients = await patientsOf(library, teaching ? rows : rows.filter(isReadOrHeld))
  const grown = growingHoldOut(library, rows, patients, models, learnedSchema(whole, current, rows))
  const grows = new Set(grown)
  const settled = rows.map((row) => (grows.has(row.id) ? { ...row, role: 'hold-out' as const } : row))
  const verifiedIn = (some: readonly CaseRow[]): VerifiedCase[] =>
    verifiedCases(some, 'work', learnedSchema(whole, current, some))
  const outOf = verifiedIn(settled).length
  const free = withoutPatientsHeld(settled, patients)
  const spared = ({ id }: CaseRow): boolean => isHeldOut(patients.get(id) ?? id, holdOutShare(library))
  const read = verifiedIn(free)
  const fresh = teaching ? unreadCases(free, whole, read.length, spared) : []
  const atHand = [...read.map(({ row }) => row), ...fresh]
  const twins = toBegin ? await twinsOf(library, atHand, settled.filter(isHeld), work) : new Set<string>()
  const possible = free.filter(({ id }) => !twins.has(id))
  const learnable = verifiedIn(possible)
  requireSomething(learnable, outOf)
  const trainings = trainingsOf(current, teaching, whole, possible, options.steps)
  const replaying = replayedPhantoms(library, whole, options.phantoms, work).length
  const drawn = drawTurnCases(
    library,
    { verified: learnable, unread: fresh.filter(({ id }) => !twins.has(id)), replayed: replaying },
    trainings,
    options,
  )
  const drawnRows = drawn.verified.map(({ row }) => row)
  const schema = learnedSchema(whole, current, drawnRows)
  const verified = verifiedCases(drawnRows, 'work', schema)
  const recipe = correctionRecipe(current, verified, options.steps)
  const held = heldCases(settled, models, schema).filter(({ row }) => !damaged.has(row))
  const leftOut = damaged.all
  const holdOut = chooseHoldOut(library, held, leftOut, current, schema, options, work)
  const replayed = replayedPhantoms(library, schema, options.phantoms, work)
  const lesson: Lesson = { version, current, recipe, schema, verified, replayed }
  const unread = drawn.unread.map(({ id }) => id)
  const teacher = teaching && { ...teachersLesson(library, lesson, teaching, whole, options, work), unread }
  return { ...lesson, whole, holdOut, teacher, outOf, held, grown, leftOut }
}

const isHeld = ({ role }: CaseRow): boolean => role === 'hold-out'
const isReadOrHeld = (row: CaseRow): boolean => isHeld(row) || verifiedStructures(row.statuses).length > 0

/** The rows without those at work of a patient of whom something is held out. */
export function withoutPatientsHeld(rows: readonly CaseRow[], patients: ReadonlyMap<string, string>): CaseRow[] {
  const held = new Set(rows.filter(isHeld).map(({ id }) => patients.get(id) ?? id))
  return rows.filter((row) => isHeld(row) || !held.has(patients.get(row.id) ?? row.id))
}

/** @throws EmendError where nothing is verified, or nothing but what must not be learned from. */
export function requireSomething(possible: readonly VerifiedCase[], outOf: number): void {
  if (possible.length > 0) return
  if (outOf === 0) {
    throw new EmendError('there is nothing to learn from yet', {
      hint: 'accept or correct at least one structure of one case',
    })
  }
  throw new EmendError('there is nothing to learn from yet: all that is verified is of patients that are held out', {
    hint: 'accept or correct a structure of another patient’s case',
  })
}

/** What a turn trains, whichever cases it draws: the model in use, or its teacher and then, distilled, it. */
function trainingsOf(
  current: Model,
  teaching: Teaching | null,
  whole: LabelSchema,
  rows: readonly CaseRow[],
  steps: number | undefined,
): Training[] {
  const recipe = correctionRecipe(current, [], steps)
  const channels = learnedSchema(whole, current, rows).structures.length + 1
  if (!teaching) return [{ recipe, channels }]
  const taught = taughtSchema(whole, current, teaching.current, rows)
  return [
    { recipe: forStudent(recipe, defaultDistillation), channels },
    { recipe: correctionRecipe(teaching.current, []), channels: taught.structures.length + 1 },
  ]
}

/** The library's teacher; null where it has none. */
async function teacherOf(library: Library): Promise<Teaching | null> {
  const version = teachingModel(library)
  return version && { version, current: await loadModel(version.folder) }
}

type Teaching = Pick<Lesson, 'version' | 'current'>

/**
 * What the teacher learns in a turn of its student's: the same cases, with all that is verified of what it does, for as
 * many steps as its own recipe says, or as much more or fewer as were asked of the student.
 * @throws EmendError where it cannot teach it
 */
function teachersLesson(
  library: Library,
  student: Lesson,
  { version, current }: Teaching,
  whole: LabelSchema,
  options: CorrectionOptions,
  work: Work,
): Lesson {
  const rows = student.verified.map(({ row }) => row)
  const schema = taughtSchema(whole, student.current, current, rows)
  const names = schema.structures.map(({ name }) => name)
  const verified = student.verified.map((one) => {
    return { ...one, verified: verifiedStructures(one.row.statuses).filter((name) => names.includes(name)) }
  })
  const ratio = stepsIn(student.recipe) / stepsIn(correctionRecipe(student.current, verified))
  const own = stepsIn(correctionRecipe(current, verified))
  const recipe = correctionRecipe(current, verified, Math.max(1, Math.round(ratio * own)))
  const replayed = replayedPhantoms(library, schema, options.phantoms, work)
  return { version, current, recipe, schema, verified, replayed }
}

/** What a teacher learns. @throws EmendError where it cannot teach the student */
function taughtSchema(whole: LabelSchema, student: Model, teacher: Model, rows: readonly CaseRow[]): LabelSchema {
  requireTeacher(student, teacher, [...teacher.manifest.channels, ...drawnStructures(whole, rows)])
  return learnedSchema(whole, teacher, rows)
}

const stepsIn = ({ length }: Recipe): number => (length.unit === 'steps' ? length.steps : 1)

/** At most so many images that nobody has read are learned from in one turn. */
const MOST_UNREAD = 40

/**
 * The newest cases at work of which nothing is verified, at most as many as are. What a model learned from can never be
 * held out, so the hold-out's share of them, chosen by their patients, is left alone for it to grow by.
 */
function unreadCases(
  rows: readonly CaseRow[],
  { name }: LabelSchema,
  verified: number,
  spared: (row: CaseRow) => boolean,
): CaseRow[] {
  return rows
    .filter((row) => row.role === 'work' && row.schema === name && verifiedStructures(row.statuses).length === 0)
    .filter((row) => !spared(row))
    .slice(0, Math.min(MOST_UNREAD, verified))
}

/**
 * What a turn that was begun works with: the model, cases and labels that it wrote down, whatever the library holds now.
 * @throws EmendError where its model or a case is gone
 */
export async function resumeCorrections(
  library: Library,
  version: ModelVersion,
  file: CycleFile,
  options: CorrectionOptions = {},
  work: Work = unwatched,
): Promise<Corrections> {
  const current = await loadModel(version.folder)
  const whole = librarySchema(library, current.manifest.schema)
  const { verified, held } = casesWritten(library, file)
  const steps = file.steps ?? options.steps
  const recipe = file.recipe ? parseRecipe(file.recipe, 'of the turn') : correctionRecipe(current, verified, steps)
  const schema = learnedSchema(whole, current, verified.map(({ row }) => row)) // prettier-ignore
  const leftOut = file.leftOut ?? []
  const holdOut = chooseHoldOut(library, held, leftOut, current, schema, options, work)
  const replayed = replayedPhantoms(library, schema, options.phantoms, work)
  const lesson: Lesson = { version, current, recipe, schema, verified, replayed }
  const base = file.teacher ? modelNamed(library, file.teacher.base) : null
  const teaching = base && { version: base, current: await loadModel(base.folder) }
  const begun = file.teacher?.recipe && { recipe: parseRecipe(file.teacher.recipe, 'of the turn’s teacher') }
  const unread = file.teacher?.unread ?? []
  const teacher = teaching && { ...teachersLesson(library, lesson, teaching, whole, options, work), ...begun, unread }
  const outOf = file.verified ?? verified.length
  return { ...lesson, whole, holdOut, teacher, outOf, held, grown: [], leftOut }
}

/** The cases that a turn wrote down, with the labels and statuses of then. @throws EmendError where one is gone */
export function casesWritten(
  library: Library,
  { cases, holdOut }: Pick<CycleFile, 'cases' | 'holdOut'>,
): { readonly verified: VerifiedCase[]; readonly held: VerifiedCase[] } {
  return {
    verified: cases.map(({ id, statuses, revision, verified }) => {
      return { row: { ...getCase(library, id), statuses, role: 'work' }, revision, verified }
    }),
    held: (holdOut ?? []).map(({ id, revision, verified }) => ({ row: getCase(library, id), revision, verified })),
  }
}

/** Share of each structure's verified cases that are held out. */
const HOLD_OUT_SHARE = 0.2

/** The cases that the hold-out grows by in the next turn. */
function growingHoldOut(
  library: Library,
  rows: readonly CaseRow[],
  patients: ReadonlyMap<string, string>,
  models: readonly Model[],
  schema: LabelSchema,
): string[] {
  const verifiedIn = (role: CaseRow['role']): VerifiedIn[] =>
    verifiedCases(rows, role, schema).map((one) => asVerifiedIn(one, patients))
  const learned = [...learnedBy(models)].flatMap((id) => [id, patients.get(id) ?? id])
  return grownHoldOut(verifiedIn('work'), verifiedIn('hold-out'), new Set(learned), holdOutShare(library))
}

/** A verified case as the hold-out's choice sees it. */
export function asVerifiedIn(one: VerifiedCase, patients: ReadonlyMap<string, string>): VerifiedIn {
  const { id } = one.row
  return { id, patient: patients.get(id) ?? id, structures: one.verified, present: shownIn(one) }
}

/** The share of verified cases that is held out, as this library set it. */
export function holdOutShare(library: Library): number {
  return readSetting(library, 'holdOutShare', v.pipe(v.number(), v.minValue(0), v.maxValue(0.9))) ?? HOLD_OUT_SHARE
}

/** The hold-out's verified cases that none of the models has learned from. */
function heldCases(rows: readonly CaseRow[], models: readonly Model[], schema: LabelSchema): VerifiedCase[] {
  const learned = learnedBy(models)
  return verifiedCases(rows, 'hold-out', schema).filter((c) => !learned.has(c.row.id))
}

function learnedBy(models: readonly Model[]): Set<string> {
  return new Set(models.flatMap(({ manifest }) => manifest.provenance.cases.map(({ id }) => id)))
}

/** What a turn of the cycle would use now, to be shown before it starts: the very choice that the turn makes. */
export async function planCorrections(library: Library): Promise<LearningPlan> {
  const version = currentModel(library)
  const teaching = teachingModel(library)
  const models = {
    model: version && modelReference(version),
    teacher: teaching && modelReference(teaching),
    teachers: version ? possibleTeachers(library, version).map(modelReference) : [],
  }
  try {
    const { recipe, verified, holdOut, outOf } = await gatherCorrections(library, {}, unwatched, false)
    return {
      verified: outOf,
      cases: verified.map(({ row, verified }) => ({ id: row.id, title: row.title, verified: [...verified] })),
      holdOut: holdOut.cases.map((c) => c.id),
      ...models,
      steps: recipe.length.unit === 'steps' ? recipe.length.steps : 0,
      obstacle: null,
    }
  } catch (error) {
    if (!(error instanceof EmendError)) throw error
    return { verified: 0, cases: [], holdOut: [], ...models, steps: 0, obstacle: oneLine(error) }
  }
}

/**
 * What the next version learns: what the model does, in the order of its channels, then what it has no channel for and
 * readers drew in some case at work. All others are background to it.
 */
function learnedSchema(whole: LabelSchema, { manifest }: Model, rows: readonly CaseRow[]): LabelSchema {
  const drawn = drawnStructures(whole, rows)
  const known = manifest.channels.slice(1).map((name) => structureNamed(whole, name))
  const fresh = whole.structures.filter(({ name }) => !manifest.channels.includes(name) && drawn.includes(name))
  return { ...whole, structures: [...known, ...fresh] }
}

/** Of the schema what readers drew, or found well drawn, in some case at work. */
export function drawnStructures(whole: LabelSchema, rows: readonly CaseRow[]): string[] {
  const isDrawn = (name: string): boolean =>
    rows.some(({ role, schema, revision, statuses, facts }) => {
      const isThere = statuses[name] === 'accepted' || statuses[name] === 'corrected'
      return isThere && !facts?.reading && role === 'work' && schema === whole.name && revision !== null
    })
  return whole.structures.map(({ name }) => name).filter(isDrawn)
}

function chooseHoldOut(
  library: Library,
  unseen: readonly VerifiedCase[],
  leftOut: readonly LeftOutCase[],
  model: Model,
  schema: LabelSchema,
  options: CorrectionOptions,
  work: Work,
): HoldOutCases {
  if (unseen.length > 0) return libraryHoldOut(library, unseen)
  // Phantoms must not judge where cases do: scores on either say nothing of the other.
  const damaged = leftOut.find(({ role }) => role === 'hold-out')
  if (damaged) throw new EmendError(`no case of the hold-out can be read: ${leftOutLine(damaged)}`)
  const phantoms = heldOutPhantoms(library, schema, options.phantoms, work)
  if (phantoms) return phantoms
  throw new EmendError('there is nothing to score a new model on', {
    hint: `verify more cases that ${modelReference(model.manifest)} has not learned from: of ${LEAST_VERIFIED} with a structure some are held out`,
  })
}
