import type { ModelCard } from '../../shared/modelCard'
import type { Work } from '../../shared/progress'
import { recordAudit } from '../library/audit'
import { getCase, readCaseImage } from '../library/cases'
import type { Library } from '../library/library'
import { modelNamed, modelReference, registeredAs, registerModel } from '../library/models'
import { setTeachingModel, teachingModel } from '../library/teaching'
import { loadModel } from '../segmentation/model'
import { cardOf, writeCard } from './card'
import type { Corrections, Lesson } from './corrections'
import { saveRun, taughtBy, teacherFolder, type CycleFile, type CycleRun, type TeacherPart } from './cycleFile'
import type { CaseScoresByName } from './contradictions'
import { missingHeldOut } from './damagedCases'
import { judgePaired, type GateOptions, type PairedVerdict } from './gate'
import { lessonScores } from './lessonScores'
import { aggregated, named, nextVersion, plain, type ComputeOptions, type Distilled } from './nextVersion'
import { defaultDistillation, forStudent, type Recipe } from './recipe'
import { scoreModel, scoresOf } from './scoreModel'

/** What the run is to write down of its teacher when it begins. */
export function teacherPart({ version, recipe, unread }: NonNullable<Corrections['teacher']>): TeacherPart {
  const begun = { base: modelReference(version), recipe: { ...recipe }, unread: [...unread] }
  return { ...begun, before: null, after: null, model: null, promoted: null }
}

/** Whether the library's teacher is still the one that a run began with, or the version that the run made of it. */
export function hasTeacherOf(library: Library, { teacher }: CycleFile): boolean {
  const now = teachingModel(library)
  if (!teacher || !now) return !teacher && !now
  return [teacher.base, teacher.model].includes(modelReference(now))
}

/** What the phases of training are called while it is the teacher's. */
const phases = { preparing: 'preparing the teacher', training: 'training the teacher', scoring: 'scoring the teacher' }

/**
 * The teacher's part of a turn: it is trained on from its own last version, by its own recipe, and scored on the hold-out
 * of the turn. The new version is kept in the library, with verdict and card, whatever comes of it; it teaches from now
 * on where the gate finds it no worse, as the gate would promote a model, and else the version before it goes on to.
 * Neither becomes the model that readers use.
 *
 * @returns the run as it is once the teacher is settled; at once where that was so already
 */
export async function teacherTrained(
  library: Library,
  begun: CycleRun,
  corrections: Corrections,
  options: ComputeOptions & Pick<GateOptions, 'margins'>,
  work: Work,
): Promise<CycleRun> {
  const { teacher: lesson, whole, holdOut } = corrections
  const part = begun.file.teacher
  if (!lesson || !part) return begun
  if (part.model !== null) {
    passOn(library, part)
    return begun
  }
  let run = begun
  const note = async (change: Partial<TeacherPart>): Promise<TeacherPart> => {
    const teacher = { ...(run.file.teacher ?? part), ...change }
    run = await saveRun(run, { teacher })
    return teacher
  }
  const quietly = named(work, { scoring: 'scoring the teacher in use' })
  const before =
    part.before ?? plain((await scoreModel(lesson.current, holdOut.cases, { ...options, work: quietly })).cases)
  if (part.before === null) await note({ before })
  const out = teacherFolder(run)
  const { seed } = run.file
  const version = { out, seed, whole, holdOut, parentScores: scoresOf(aggregated(before, whole)) }
  const after = part.after ?? plain(await nextVersion(library, lesson, version, options, named(work, phases)))
  if (part.after === null) await note({ after })
  const taught = { ...lesson, held: corrections.held }
  const made = { out, seed, unproven: [] }
  const scored = part.lessons ? null : await lessonScores(library, taught, made, options, work)
  const lessons = scored ? plain(scored.fresh) : part.lessons
  const formerLessons = scored ? plain(scored.former) : part.formerLessons
  if (scored) await note({ lessons, formerLessons })
  const missing = missingHeldOut(corrections.leftOut, corrections.held)
  const verdict = teachersVerdict(before, after, {
    margins: options.margins,
    lessons,
    formerLessons: taught.held.length === 0 ? formerLessons : undefined,
    missing,
    seed,
  })
  work.signal.throwIfAborted()
  const cases = lesson.verified.map(({ row, revision, verified }) => ({ id: row.id, revision, verified }))
  const card = cardOf(
    library,
    { ...run.file, base: part.base, cases },
    {
      recipe: lesson.recipe.name,
      steps: stepsOf(lesson.recipe),
      holdOut: { name: holdOut.name, cases: holdOut.cases.map(({ id }) => id) },
      replayed: lesson.replayed.length,
      before,
      after,
      verdict,
      compute: options,
      teaches: run.file.base,
    },
  )
  await writeCard(out, card)
  const decision = { promoted: verdict.promote, verdict: verdict.line, use: false }
  const model = (await registeredAs(library, out)) ?? (await registerModel(library, out, decision))
  passOn(library, await note({ model: modelReference(model), promoted: verdict.promote }))
  recordAudit(library, 'distil', run.file.base, `from ${taughtBy(run.file) ?? ''}`)
  return run
}

/** The gate's verdict on a teacher's new version, which no promotion puts to use. */
function teachersVerdict(before: CaseScoresByName, after: CaseScoresByName, options: GateOptions): PairedVerdict {
  const verdict = judgePaired(before, after, options)
  return { ...verdict, line: verdict.line.replace(/^promoted/, 'teaches') }
}

/** Has the teacher's new version teach, where the gate let it; once only, however often a turn is taken up. */
function passOn(library: Library, { base, model, promoted }: TeacherPart): void {
  const now = teachingModel(library)
  if (promoted !== true || model === null || !now || modelReference(now) !== base) return
  setTeachingModel(library, modelNamed(library, model), `${base} was trained on`)
}

/** The current model's lesson, by its teacher where the run has one: what `nextVersion` makes the student by. */
export async function distilled(
  library: Library,
  file: CycleFile,
  corrections: Corrections,
): Promise<Lesson & { readonly distilled: Distilled | null }> {
  const reference = taughtBy(file)
  if (reference === null || !file.teacher) return { ...corrections, distilled: null }
  const teacher = await loadModel(modelNamed(library, reference).folder)
  const unread = file.teacher.unread.map((id) => ({
    id,
    size: getCase(library, id),
    load: () => readCaseImage(library, id),
  }))
  const recipe = forStudent(corrections.recipe, defaultDistillation)
  return { ...corrections, recipe, distilled: { teacher, unread } }
}

/** What the student's card says of its teacher; undefined where it had none. */
export function distillationCard(
  file: CycleFile,
  { teacher: lesson, leftOut, held }: Corrections,
  margins: GateOptions['margins'],
): ModelCard['distillation'] {
  const { teacher } = file
  const reference = taughtBy(file)
  if (!teacher || !lesson || reference === null) return undefined
  const { temperature, softWeight } = defaultDistillation
  const missing = missingHeldOut(leftOut, held)
  const formerLessons = held.length === 0 ? teacher.formerLessons : undefined
  const judging = { margins, lessons: teacher.lessons, formerLessons, missing, seed: file.seed }
  const verdict = teachersVerdict(teacher.before ?? {}, teacher.after ?? {}, judging).line
  const student = file.after ?? {}
  const taught = (teacher.promoted === true ? teacher.after : teacher.before) ?? {}
  return {
    teacher: reference,
    student: file.base,
    recipe: lesson.recipe.name,
    steps: stepsOf(lesson.recipe),
    seed: file.seed,
    verdict,
    temperature: [...temperature],
    softWeight,
    unread: teacher.unread.length,
    dsc: { teacher: meanDsc(taught, student), student: meanDsc(student, taught) },
  }
}

/** Of each case the mean over the structures that both do, then over the cases; null where nothing was scored. */
function meanDsc(scores: CaseScoresByName, other: CaseScoresByName): number | null {
  const means = Object.entries(scores).flatMap(([id, structures]) => {
    const shared = Object.keys(structures).filter((name) => other[id]?.[name])
    return shared.length > 0 ? [shared.reduce((sum, name) => sum + structures[name].dsc, 0) / shared.length] : []
  })
  return means.length > 0 ? means.reduce((a, b) => a + b, 0) / means.length : null
}

function stepsOf({ length }: Recipe): number {
  return length.unit === 'steps' ? length.steps : 0
}
