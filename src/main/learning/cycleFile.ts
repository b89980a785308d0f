import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import * as v from 'valibot'
import { reviewStatuses } from '../../shared/labels/status'
import { writeFileAtomic } from '../imaging/atomicFile'
import { newId } from '../library/ids'
import type { Library } from '../library/library'
import { libraryPaths } from '../library/paths'

const HeldCase = v.strictObject({ id: v.string(), revision: v.string(), verified: v.array(v.string()) })

/** Scores by case and structure. */
const CaseScores = v.record(
  v.string(),
  v.record(v.string(), v.strictObject({ dsc: v.number(), nsd: v.number(), hd95: v.nullable(v.number()) })),
)

/** What a turn does with the library's teacher before it distils: the same steps, on the same hold-out. */
const TeacherPart = v.strictObject({
  /** 'name@version' that is trained on. */
  base: v.string(),
  /** Cases that nobody has read: the student learns what the teacher says of them. */
  unread: v.array(v.string()),
  before: v.nullable(CaseScores),
  after: v.nullable(CaseScores),
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
  /** Of a turn that makes the first model of a schema: its recipe, once that is planned. Absent of every other. */
  first: v.optional(v.strictObject({ recipe: v.nullable(v.record(v.string(), v.unknown())) })),
  seed: v.number(),
  /** As they were asked for; as the model's recipe says where null. */
  steps: v.nullable(v.number()),
  cases: v.array(v.strictObject({ ...HeldCase.entries, statuses: v.record(v.string(), v.picklist(reviewStatuses)) })),
  /** The library's own hold-out; null where phantoms stand for it. */
  holdOut: v.nullable(v.array(HeldCase)),
  /** On the hold-out; null until it was scored. */
  before: v.nullable(CaseScores),
  after: v.nullable(CaseScores),
  /** The teacher's part, which comes first; absent where the library has none. */
  teacher: v.optional(TeacherPart),
  /** 'registered': the model is in the library, open cases may still have to be labelled by it. */
  state: v.picklist(['running', 'registered', 'done', 'cancelled', 'set aside']),
  model: v.nullable(v.string()),
  promoted: v.nullable(v.boolean()),
})
export type CycleFile = v.InferOutput<typeof CycleFile>

/** A turn of the cycle on the disk. */
export interface CycleRun {
  readonly folder: string
  readonly file: CycleFile
}

const cyclePath = (folder: string): string => join(folder, 'cycle.json')

/** Where the model of a run is trained. */
export function trainingFolder({ folder }: CycleRun): string {
  return join(folder, 'model')
}

/** Where its teacher is. */
export function teacherFolder({ folder }: CycleRun): string {
  return join(folder, 'teacher')
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

export async function startRun(library: Library, file: Omit<CycleFile, 'format' | 'state'>): Promise<CycleRun> {
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
export async function endRun(run: CycleRun, state: 'done' | 'cancelled' | 'set aside'): Promise<void> {
  await saveRun(run, { state })
  for (const folder of [trainingFolder(run), teacherFolder(run)]) await rm(folder, { recursive: true, force: true })
}

/** The newest turn that was begun and neither ended nor cancelled; null where there is none. */
export function unfinishedRun(library: Library): CycleRun | null {
  const runs = libraryPaths.runs(library.root)
  if (!existsSync(runs)) return null
  for (const name of readdirSync(runs).sort().reverse()) {
    const folder = join(runs, name)
    const file = readCycleFile(cyclePath(folder))
    if (file && (file.state === 'running' || file.state === 'registered')) return { folder, file }
  }
  return null
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
  const folder = libraryPaths.runs(library.root)
  return existsSync(folder) ? readdirSync(folder).length : 0
}
