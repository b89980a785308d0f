import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import { schemaNamed } from '../../src/shared/labels/builtin'
import type { ReviewStatus } from '../../src/shared/labels/status'
import { unwatched } from '../../src/shared/progress'
import { seededRandom } from '../../src/shared/random'
import { writeFileAtomic } from '../../src/main/imaging/atomicFile'
import { reorient } from '../../src/main/imaging/canonical'
import { loadNifti } from '../../src/main/imaging/nifti'
import { learnAndApply } from '../../src/main/jobs/learning'
import { addReaderLabels } from '../../src/main/jobs/readerLabels'
import { segmentCases } from '../../src/main/jobs/segmentingCases'
import type { JobContext } from '../../src/main/jobs/verbs'
import { readCard } from '../../src/main/learning/card'
import { shuffled } from '../../src/main/learning/caseOrder'
import { libraryHoldOut, verifiedCases, verifiedOnlyCase } from '../../src/main/learning/libraryCases'
import type { Recipe } from '../../src/main/learning/recipe'
import { train } from '../../src/main/learning/train'
import { addCase, caseGrid, getCase, listCases, setRole } from '../../src/main/library/cases'
import { openLibrary, type Library } from '../../src/main/library/library'
import { currentModel, listModels, modelReference, registerModel } from '../../src/main/library/models'
import { nextCase } from '../../src/main/library/nextCase'
import { readSetting, writeSetting } from '../../src/main/library/settingsTable'
import { addRevision } from '../../src/main/library/revisions'

export const orders = ['uncertain', 'mixed', 'disagreement', 'random'] as const
export type Order = (typeof orders)[number]

export interface SitePlan {
  /** Cases that are verified when it begins, held out, and waiting to be read. */
  readonly verified: number
  readonly heldOut: number
  readonly pool: number
  readonly cycles: number
  readonly perCycle: number
  readonly firstSteps: number
  readonly steps: number
}

export interface SiteRun {
  /** Holds `images` and `labels`. */
  readonly data: string
  readonly folder: string
  /** Where the first model of this seed is trained, which is the same for all orders. */
  readonly first: string
  readonly order: Order
  readonly seed: number
  readonly plan: SitePlan
  /** Of training. */
  readonly threads?: number
  /** Of the first model; how long it is trained is the plan's. */
  readonly recipe: Recipe
  /** Whether a cycle on wrong labels follows. */
  readonly poisoned: boolean
}

/** What one cycle came to; cycle 0 is the first model. */
export interface SiteCycle {
  readonly cycle: number
  readonly model: string
  readonly promoted: boolean
  /** Mean over the structures on the held-out cases, of the model that is in use after it. */
  readonly dsc: number
  /** Voxels that the reader changed in the cases read for it, a case. */
  readonly voxelsPerCase: number | null
  /** DSC of what the model proposed for them. */
  readonly proposals: number | null
}

const SCHEMA = schemaNamed('hippocampus')
const POISONED = 'poisoned'

/** Runs a site to its end, from wherever it was. */
export async function runSite(run: SiteRun, say: (line: string) => void): Promise<void> {
  mkdirSync(run.folder, { recursive: true })
  const library = openLibrary(join(run.folder, 'library'), { user: 'oracle' })
  try {
    const names = await setUp(library, run, say)
    const truth = truthOf(run.data, names)
    for (;;) {
      const done = cyclesOf(run.folder)
      if (done.length > run.plan.cycles) break
      const next =
        done.length === 0 ? await firstModel(library, run) : await cycle(library, run, done.length, truth, done)
      await keep(run, [...done, next])
      say(
        `cycle ${next.cycle}: ${next.model}, DSC ${next.dsc.toFixed(3)}, ${next.voxelsPerCase?.toFixed(0) ?? '-'} voxels a case`,
      )
    }
    if (run.poisoned) say(await poison(library, run, truth))
  } finally {
    library.close()
  }
}

/** Puts cases into the library: verified, held out, and to be read. @returns file names by case id */
async function setUp(
  library: Library,
  { data, seed, plan }: SiteRun,
  say: (line: string) => void,
): Promise<ReadonlyMap<string, string>> {
  const order = shuffled(
    readdirSync(join(data, 'images'))
      .filter((name) => name.endsWith('.nii.gz'))
      .sort(),
    seededRandom(seed),
  )
  const ids = new Map<string, string>()
  const total = plan.verified + plan.heldOut + plan.pool
  for (const [n, name] of order.slice(0, total).entries()) {
    const { volume } = await loadNifti(join(data, 'images', name))
    const { id, added } = await addCase(
      library,
      { modality: 'MR', description: name, volume, warnings: [] },
      { schema: SCHEMA.name },
    )
    ids.set(id, name)
    const given = n < plan.verified + plan.heldOut
    if (given && getCase(library, id).revision === null) await verify(library, id, await labelsIn(data, name))
    if (given && n >= plan.verified && getCase(library, id).role === 'work') setRole(library, id, 'hold-out')
    if (added && n % 25 === 0) say(`${n} of ${total} cases are in the library`)
  }
  // The twenty are the whole hold-out, so that all orders are judged on the same.
  writeSetting(library, 'holdOutShare', 0)
  return ids
}

async function labelsIn(data: string, name: string): Promise<Uint8Array> {
  const { volume } = await loadNifti(join(data, 'labels', name))
  return Uint8Array.from(reorient(volume, 'RAS').data)
}

type Truth = (caseId: string) => Promise<Uint8Array>

function truthOf(data: string, names: ReadonlyMap<string, string>): Truth {
  return (caseId) => labelsIn(data, names.get(caseId) ?? '')
}

function statusesOf(labels: Uint8Array): Record<string, ReviewStatus> {
  return Object.fromEntries(
    SCHEMA.structures.map(({ id, name }) => [name, labels.includes(id) ? 'accepted' : 'absent']),
  )
}

/** What the reader says of a case: the truth, however the labels were before. */
async function verify(library: Library, caseId: string, labels: Uint8Array): Promise<void> {
  const { revision } = getCase(library, caseId)
  await addReaderLabels(library, { caseId, parent: revision, statuses: statusesOf(labels), labels })
}

async function firstModel(library: Library, { first: out, seed, plan, threads, recipe }: SiteRun): Promise<SiteCycle> {
  if (!currentModel(library)) {
    const rows = listCases(library)
    const verified = verifiedCases(rows, 'work', SCHEMA).map((one) => verifiedOnlyCase(library, one, SCHEMA, 1))
    const holdOut = libraryHoldOut(library, verifiedCases(rows, 'hold-out', SCHEMA))
    const resume = existsSync(join(out, 'checkpoint.bin'))
    if (!existsSync(join(out, 'model.json'))) {
      await train(
        { schema: SCHEMA, cases: verified, holdOut },
        {
          recipe: {
            ...recipe,
            length: { unit: 'steps', steps: plan.firstSteps },
            corrections: { ...recipe.corrections, steps: plan.steps },
          },
          seed,
          out,
          resume,
          threads,
          identity: { name: 'hippocampus', version: 1, title: 'Hippocampus', licence: 'CC-BY-SA-4.0', attribution: 'MSD Task04' }, // prettier-ignore
        },
      )
    }
    await registerModel(library, out, { promoted: true, verdict: 'the first' })
  }
  await labelAll(library)
  return { cycle: 0, ...standing(library, true), voxelsPerCase: null, proposals: null }
}

/** The model in use and how good it is on the held-out cases. */
function standing(library: Library, promoted: boolean): Pick<SiteCycle, 'model' | 'promoted' | 'dsc'> {
  const current = listModels(library).find(({ state }) => state === 'current')
  const scores = Object.values(current?.scores ?? {}).flatMap(({ dsc }) => (dsc === null ? [] : [dsc]))
  const dsc = scores.reduce((sum, score) => sum + score, 0) / scores.length
  return { model: current ? modelReference(current) : '', promoted, dsc }
}

/** Labels by the current model what nobody has read; those that it labelled already stay. */
async function labelAll(library: Library): Promise<void> {
  const { failures } = await segmentCases(contextOf(library), { again: true })
  if (failures.length > 0) throw new Error(failures[0])
}

function contextOf(library: Library): JobContext {
  return {
    library,
    work: unwatched,
    devices: [{ device: 'cpu', works: true, reason: null, msPerStep: null }],
    changed: () => undefined,
  }
}

/** Fifteen cases are read, and the model learns from them. What was read before a kill is on record in the library. */
async function cycle(
  library: Library,
  { order, seed, plan, threads }: SiteRun,
  number: number,
  truth: Truth,
  done: readonly SiteCycle[],
): Promise<SiteCycle> {
  const listed = readSetting(library, `cycle-${number}`, v.array(v.string())) ?? []
  const random = seededRandom(1000 * seed + number)
  const read = [...listed]
  for (let n = 0; n < listed.length; n++) random.next()
  while (read.length < plan.perCycle) {
    const next = nextCase(library, order, { random: () => random.next() })
    if (!next) break
    await verify(library, next.caseId, await truth(next.caseId))
    read.push(next.caseId)
    writeSetting(library, `cycle-${number}`, read)
  }
  const before = done.at(-1)?.model
  const current = currentModel(library)
  // A kill after the promotion finds another model in use than the last cycle left.
  if (readSetting(library, `learned-${number}`, v.boolean()) !== true) {
    if (!current || modelReference(current) === before) await learnAndApply(contextOf(library), { threads })
    writeSetting(library, `learned-${number}`, true)
  }
  await labelAll(library)
  const now = standing(library, modelReference(currentModel(library)!) !== before)
  return { cycle: number, ...now, ...workOn(library, read) }
}

/** What the reader had to change in cases, and how good their proposals were. */
function workOn(library: Library, read: readonly string[]): Pick<SiteCycle, 'voxelsPerCase' | 'proposals'> {
  const list = read.map((id) => `'${id}'`).join(',')
  const sums = library.database.get<{ voxels: number | null; dsc: number | null }>(
    `SELECT sum(voxels) AS voxels, avg(dsc) AS dsc FROM efforts WHERE case_id IN (${list || "''"})`,
  )
  return { voxelsPerCase: (sums?.voxels ?? 0) / Math.max(1, read.length), proposals: sums?.dsc ?? null }
}

/** Labels of other cases are taken for those of these: the gate must not let such a model in. */
async function poison(library: Library, { plan, threads }: SiteRun, truth: Truth): Promise<string> {
  const earlier = listModels(library).find(
    ({ verdict }) => verdict !== null && readSetting(library, POISONED, v.string()) === verdict,
  )
  if (earlier) return `poisoned cycle: ${earlier.verdict ?? ''}`
  const cases = library.database.all<{ id: string }>(
    "SELECT id FROM cases WHERE role = 'work' AND reader IS NOT NULL ORDER BY id LIMIT ?",
    Math.max(plan.perCycle, plan.verified),
  )
  for (const { id } of cases) {
    const labels = await truth(id)
    const wrong = labels.map((label) => (label === 1 ? 2 : label === 2 ? 1 : 0)).reverse()
    const { revision } = getCase(library, id)
    await addRevision(library, {
      caseId: id,
      parent: revision,
      origin: 'reader',
      model: null,
      statuses: statusesOf(wrong),
      edited: [],
      labels: { ...caseGrid(library, id), data: wrong },
    })
  }
  const before = currentModel(library)
  await learnAndApply(contextOf(library), { threads })
  const newest = listModels(library)[0]
  writeSetting(library, POISONED, newest.verdict)
  const refused = currentModel(library)?.version === before?.version
  const card = await readCard(library, newest.name, newest.version)
  return `poisoned cycle ${refused ? 'refused' : 'NOT REFUSED'}: ${card?.verdict ?? newest.verdict ?? ''}`
}

const cyclesPath = (folder: string): string => join(folder, 'cycles.json')

/** The cycles that the site in a folder has come to the end of; none where there is no site. */
export function cyclesOf(folder: string): SiteCycle[] {
  const path = cyclesPath(folder)
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as SiteCycle[]) : []
}

async function keep(run: SiteRun, cycles: readonly SiteCycle[]): Promise<void> {
  await writeFileAtomic(cyclesPath(run.folder), `${JSON.stringify(cycles, null, 2)}\n`)
}
