import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { reviewStatuses } from '../../shared/labels/status'
import { LeftOutCase } from '../../shared/modelCard'
import { writeFileAtomic } from '../imaging/atomicFile'
import { recordAudit } from '../library/audit'
import { newId } from '../library/ids'
import type { Library } from '../library/library'
import { libraryPaths } from '../library/paths'

const HeldCase = v.strictObject({ id: v.string(), revision: v.string(), verified: v.array(v.string()) })

/** Scores by case and structure. */
const CaseScores = v.record(
  v.string(),
  v.record(v.string(), v.strictObject({ dsc: v.number(), nsd: v.number(), hd95: v.nullable(v.number()) })),
)

/** Absent of older turns, whose recipe is told again from the model that they began with. */
const WrittenRecipe = v.optional(v.record(v.string(), v.unknown()))

/** What a turn does with the library's teacher before it distils: the same steps, on the same hold-out. */
const TeacherPart = v.strictObject({
  /** 'name@version' that is trained on. */
  base: v.string(),
  recipe: WrittenRecipe,
  /** Cases that nobody has read: the student learns what the teacher says of them. */
  unread: v.array(v.string()),
  before: v.nullable(CaseScores),
  after: v.nullable(CaseScores),
  /** On new cases that it learned from; absent until they were scored. */
  lessons: v.optional(CaseScores),
  /** On others that it learned from, as far as they are needed (`lessonScores`). */
  formerLessons: v.optional(CaseScores),
  /** The version that came of it, in the library; null while the teacher is trained. */
  model: v.nullable(v.string()),
  /** Whether it teaches; the one that it came from does where it does not. */
  promoted: v.nullable(v.boolean()),
})
export type TeacherPart = v.InferOutput<typeof TeacherPart>

/**
 * `cycle.json` in a run's folder: one turn of the learning cycle, all that it was decided to do and how far it is. Each
 * step that is done is written down before the next begins, so that a turn which was killed goes on from there with
 * the very cases, labels and seed that it began with.
 */
export const CycleFile = v.strictObject({
  format: v.literal('emend-cycle/1'),
  startedAt: v.string(),
  startedBy: v.string(),
  /** 'name@version' of the model that is trained on; the schema's name where the turn makes its first. */
  base: v.string(),
  /** By which that is trained on, whatever a later Emend would make of it. */
  recipe: WrittenRecipe,
  /** Of a turn that makes the first model of a schema: its recipe, once that is planned. Absent of every other. */
  first: v.optional(v.strictObject({ recipe: v.nullable(v.record(v.string(), v.unknown())) })),
  seed: v.number(),
  /** As they were asked for; as the model's recipe says where null. */
  steps: v.nullable(v.number()),
  cases: v.array(v.strictObject({ ...HeldCase.entries, statuses: v.record(v.string(), v.picklist(reviewStatuses)) })),
  /** The library's own hold-out; null where phantoms stand for it. */
  holdOut: v.nullable(v.array(HeldCase)),
  /** Cases that it does without, as they could not be read when it began. */
  leftOut: v.optional(v.array(LeftOutCase)),
  /** On the hold-out; null until it was scored. */
  before: v.nullable(CaseScores),
  after: v.nullable(CaseScores),
  /** On new cases that it learned from; absent until they were scored. */
  lessons: v.optional(CaseScores),
  /** On others that it learned from, as far as they are needed (`lessonScores`). */
  formerLessons: v.optional(CaseScores),
  /** The teacher's part, which comes first; absent where the library has none. */
  teacher: v.optional(TeacherPart),
  /** How many cases were verified; not in the files of older turns, which learned from all. */
  verified: v.optional(v.number()),
  /**
   * 'registered': the model is in the library, open cases may still have to be labelled by it. 'cancelling': it was told to
   * stop and has yet to say that it did.
   */
  state: v.picklist(['running', 'registered', 'done', 'cancelling', 'cancelled', 'failed', 'set aside']),
  /** Why it failed, in one line. */
  reason: v.optional(v.string()),
  model: v.nullable(v.string()),
  promoted: v.nullable(v.boolean()),
})
export type CycleFile = v.InferOutput<typeof CycleFile>

/** A turn of the cycle on the disk. */
export interface CycleRun {
  readonly folder: string
  readonly file: CycleFile
}

const RECORD = 'cycle.json'
const cyclePath = (folder: string): string => join(folder, RECORD)

/** Where the model of a run is trained. */
export function trainingFolder({ folder }: CycleRun): string {
  return join(folder, 'model')
}

/** Where its teacher is. */
export function teacherFolder({ folder }: CycleRun): string {
  return join(folder, 'teacher')
}

/** Where lies what a network says of the cases that it is to learn from, until its version in `out` is made. */
export function proposalsFolder(out: string): string {
  return `${out}-proposals`
}

/** Where the network lies that is trained just now. */
export function folderAtWork(run: CycleRun): string {
  return run.file.teacher?.model === null ? teacherFolder(run) : trainingFolder(run)
}

/** 'name@version' of the model that teaches the run's student, once that is known; null without a teacher. */
export function taughtBy({ teacher }: CycleFile): string | null {
  if (!teacher) return null
  return teacher.promoted === true && teacher.model !== null ? teacher.model : teacher.base
}

/** Begins a run, once those before it are settled. */
export async function startRun(library: Library, file: Omit<CycleFile, 'format' | 'state'>): Promise<CycleRun> {
  await settleRuns(library)
  const folder = libraryPaths.run(library.root, newId())
  await mkdir(folder, { recursive: true })
  return saveRun({ folder, file: { format: 'emend-cycle/1', state: 'running', ...file } }, {})
}

/** Writes down what is known now. @returns the run as it is now */
export async function saveRun({ folder, file }: CycleRun, change: Partial<CycleFile>): Promise<CycleRun> {
  const next = { ...file, ...change }
  await writeFileAtomic(cyclePath(folder), JSON.stringify(next))
  return { folder, file: next }
}

/** A run that came to its end needs no copy of its models any more; what it did stays written. */
export async function endRun(
  run: CycleRun,
  state: 'done' | 'cancelled' | 'failed' | 'set aside',
  reason?: string,
): Promise<void> {
  await saveRun(run, { state, ...(reason !== undefined && { reason }) })
  await clear(run.folder)
}

/** All of a run's files but its record. */
function workingFiles(folder: string): string[] {
  return readdirSync(folder).filter((name) => name !== RECORD)
}

async function clear(folder: string): Promise<void> {
  for (const name of workingFiles(folder)) await rm(join(folder, name), { recursive: true, force: true })
}

/** The newest turn, where it was begun and neither ended nor was cancelled; null else. A turn begins when none is open. */
export function unfinishedRun(library: Library): CycleRun | null {
  const run = newestRun(library)
  return run && isOpen(run) ? run : null
}

/**
 * Finishes what the processes of ended runs were killed before: a run that was told to stop counts as cancelled, and no
 * run but the unfinished one keeps working files. One that a newer Emend wrote is left alone.
 * @param isCancelled the newest was, whatever its process wrote down after it was told
 */
export async function settleRuns(library: Library, isCancelled = false): Promise<void> {
  const newest = newestRun(library)
  const state = newest?.file.state
  if (newest && (state === 'cancelling' || (isCancelled && state === 'running'))) {
    recordAudit(library, 'train', newest.file.base, 'cancelled')
    await endRun(newest, 'cancelled')
    return settleRuns(library)
  }
  const ended = runFolders(library).filter((folder) => folder !== newest?.folder || !isOpen(newest))
  for (const folder of ended) {
    const isOurs = !existsSync(cyclePath(folder)) || readRun(folder) !== null
    if (workingFiles(folder).length > 0 && isOurs) await clear(folder)
  }
}

const isOpen = ({ file }: CycleRun): boolean => file.state === 'running' || file.state === 'registered'

/** The newest that this Emend can read: a killed process may leave a folder without a record. */
function newestRun(library: Library): CycleRun | null {
  for (const folder of runFolders(library)) {
    const run = readRun(folder)
    if (run) return run
  }
  return null
}

/** The newest first. */
function runFolders(library: Library): string[] {
  const runs = libraryPaths.runs(library.root)
  if (!existsSync(runs)) return []
  const names = readdirSync(runs).sort().reverse()
  return names.map((name) => join(runs, name))
}

function readRun(folder: string): CycleRun | null {
  const file = readCycleFile(cyclePath(folder))
  return file && { folder, file }
}

/** null where there is none, or one that this Emend cannot go on from. */
function readCycleFile(path: string): CycleFile | null {
  try {
    const read = v.safeParse(CycleFile, JSON.parse(readFileSync(path, 'utf8')))
    return read.success ? read.output : null
  } catch {
    return null
  }
}

/** How many turns the library has seen, whatever became of them. */
export function runsSoFar(library: Library): number {
  return runFolders(library).length
}
