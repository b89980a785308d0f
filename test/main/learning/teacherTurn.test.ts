import { existsSync, readFileSync } from 'node:fs'
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readCard, readModelStory } from '../../../src/main/learning/card'
import { planCorrections } from '../../../src/main/learning/corrections'
import { learnFromCorrections } from '../../../src/main/learning/cycle'
import {
  endRun,
  folderAtWork,
  teacherFolder,
  trainingFolder,
  unfinishedRun,
} from '../../../src/main/learning/cycleFile'
import { chooseTeacher } from '../../../src/main/learning/teacherChoice'
import { train } from '../../../src/main/learning/train'
import { listAudit } from '../../../src/main/library/audit'
import { addCase, setRole } from '../../../src/main/library/cases'
import { openLibrary, type Library } from '../../../src/main/library/library'
import { currentModel, listModels, modelReference, registerModel } from '../../../src/main/library/models'
import { repairLibrary } from '../../../src/main/library/repair'
import { addRevision } from '../../../src/main/library/revisions'
import { writeSetting } from '../../../src/main/library/settingsTable'
import { setTeachingModel, teachingModel } from '../../../src/main/library/teaching'
import { loadModel } from '../../../src/main/segmentation/model'
import type { Statuses } from '../../../src/shared/labels/status'
import type { Progress, Work } from '../../../src/shared/progress'
import { blobData, blobRecipe, blobs, schema } from './blobs'

const whole: Statuses = { 'anterior-hippocampus': 'accepted', 'posterior-hippocampus': 'accepted' }
const anterior: Statuses = { 'anterior-hippocampus': 'corrected' }
const smallNetwork = { kind: 'unet', base: 4, maxChannels: 16, levels: 3, stemStride: 1 } as const
const identity = (name: string) => ({ name, version: 1, title: name, licence: 'CC0-1.0', attribution: 'made up' })

let folder: string
let library: Library

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'emend teacher ü-'))
  const data = { ...blobData, holdOut: null }
  const small = blobRecipe(15, { network: smallNetwork, corrections: { steps: 30, learningRate: 1e-2 } })
  await train(data, { recipe: small, seed: 1, out: join(folder, 'small'), identity: identity('small') })
  const big = blobRecipe(40, { corrections: { steps: 12, learningRate: 1e-2 } })
  await train(data, { recipe: big, seed: 2, out: join(folder, 'big'), identity: identity('big') })
})
afterAll(() => rm(folder, { recursive: true, force: true }))
beforeEach(async () => {
  library = await siteLibrary()
})
afterEach(() => library.close())

async function siteLibrary(): Promise<Library> {
  const opened = openLibrary(await mkdtemp(join(folder, 'library-')), { user: 'anna' })
  // No case is kept back for a hold-out that grows: which one it would be follows from ids that are drawn.
  writeSetting(opened, 'holdOutShare', 0)
  await registerModel(opened, join(folder, 'small'), { promoted: true, verdict: 'the first' })
  await registerModel(opened, join(folder, 'big'), { promoted: true, use: false, verdict: 'added' })
  await chooseTeacher(opened, { name: 'big', version: 1 })
  for (const seed of [31, 32, 33]) await addBlobs(opened, seed, whole, 'hold-out')
  await addBlobs(opened, 21, whole)
  await addBlobs(opened, 22, anterior)
  await addBlobs(opened, 23, {})
  return opened
}

async function addBlobs(
  into: Library,
  seed: number,
  statuses: Statuses,
  role: 'work' | 'hold-out' = 'work',
): Promise<string> {
  const { image, labels } = blobs(seed)
  const imported = { modality: 'CT', description: `blobs ${seed}`, volume: image, warnings: [] }
  const { id } = await addCase(into, imported, { schema: schema.name })
  const made = { parent: null, origin: 'reader', model: null, statuses, edited: [] } as const
  await addRevision(into, { caseId: id, ...made, labels })
  setRole(into, id, role)
  return id
}

/** A process that dies: nobody is told, and nobody cleans up. */
class Killed extends Error {}
const dyingWork = (at: (progress: Progress) => boolean): Work => ({
  signal: new AbortController().signal,
  report: (progress) => {
    if (at(progress)) throw new Killed(`at ${progress.phase} ${progress.done}`)
  },
})
const models = (of: Library): (string | boolean | undefined)[][] =>
  listModels(of).map((row) => [modelReference(row), row.state, row.teaches])

/** Model folder, but with another manifest. */
async function changed(name: string, manifest: (was: Record<string, unknown>) => object): Promise<string> {
  const copy = await mkdtemp(join(folder, 'changed-'))
  await cp(join(folder, name), copy, { recursive: true })
  const was = JSON.parse(await readFile(join(copy, 'model.json'), 'utf8')) as Record<string, unknown>
  await writeFile(join(copy, 'model.json'), JSON.stringify({ ...was, ...manifest(was) }))
  return copy
}

describe('a turn with a teacher', () => {
  it('trains the teacher on, and makes its student the next version of the small network', async () => {
    const plan = await planCorrections(library)
    expect(plan).toMatchObject({ model: 'small@1', teacher: 'big@1', teachers: ['big@1'], steps: 30, obstacle: null })
    const seen: Progress[] = []
    const work: Work = { signal: new AbortController().signal, report: (progress) => seen.push(progress) }
    const { run, model, promoted, before, after, holdOut } = await learnFromCorrections(library, {}, work)

    expect([modelReference(model), promoted]).toEqual(['small@2', true])
    expect(currentModel(library)).toMatchObject({ name: 'small', version: 2 })
    for (const name of ['anterior-hippocampus', 'posterior-hippocampus']) {
      expect(after[name].dsc).toBeGreaterThan((before[name].dsc ?? 1) + 0.05)
    }
    const { manifest } = await loadModel(model.folder)
    expect(manifest.network).toMatchObject(smallNetwork)
    expect(manifest.provenance).toMatchObject({ parent: 'small@1', recipe: { distillation: { temperature: [1, 4] } } })
    const learned = manifest.provenance.cases.map(({ id }) => id)
    expect(learned).toEqual(
      expect.arrayContaining([...run.file.cases.map(({ id }) => id), ...run.file.teacher!.unread]),
    )
    expect(run.file.teacher!.unread).toHaveLength(1)
    // The teacher's own version: in the library, and nobody's to segment with.
    const big = listModels(library).find(({ name, version }) => name === 'big' && version === 2)!
    expect(big).toMatchObject({ parent: 'big@1', holdOut })
    expect(big).toMatchObject({
      state: 'available',
      teaches: true,
      verdict: expect.stringMatching(/^teaches: /) as string,
    })
    expect(teachingModel(library)).toMatchObject({ name: 'big', version: 2 })
    expect(run.file.teacher).toMatchObject({ base: 'big@1', model: 'big@2', promoted: true })

    const phases = [...new Set(seen.map(({ phase }) => phase))]
    expect(phases.filter((phase) => /training|distilling/.test(phase))).toEqual(['training the teacher', 'distilling'])
    for (const [phase, steps] of [
      ['training the teacher', 12],
      ['distilling', 30],
    ] as const) {
      // prettier-ignore
      const told = seen.filter((progress) => progress.phase === phase)
      expect(told.map(({ done }) => done)).toEqual(Array.from({ length: steps }, (_, n) => n + 1))
      expect(told.every(({ figures, secondsLeft }) => Number.isFinite(figures!['loss']) && secondsLeft !== undefined)).toBe(true) // prettier-ignore
    }

    const card = (await readCard(library, 'small', 2))!
    expect(card).toMatchObject({ recipe: 'blobs', steps: 30, seed: 1, parents: ['small@1'] })
    expect(card.distillation).toMatchObject({
      teacher: 'big@2',
      student: 'small@1',
      recipe: 'blobs',
      steps: 12,
    })
    expect(card.distillation).toMatchObject({ seed: 1, temperature: [1, 4], softWeight: 1, unread: 1 })
    expect(card.distillation!.verdict).toBe(big.verdict)
    const dsc = Object.values(after).map((score) => score.dsc!)
    expect(card.distillation!.dsc.student).toBeCloseTo(dsc.reduce((a, b) => a + b) / dsc.length, 3)
    const teachersCard = await readCard(library, 'big', 2)
    expect(teachersCard).toMatchObject({ teaches: 'small@1', parents: ['big@1'], steps: 12, verdict: big.verdict })
    expect((await readModelStory(library, 'big', 2)).curve?.rows.at(-1)?.[0]).toBe(12)
    expect((await readModelStory(library, 'small', 2)).curve?.rows.at(-1)?.[0]).toBe(30)
    const audit = listAudit(library).map(({ action, subject, outcome }) => `${action} ${subject ?? ''} ${outcome}`)
    expect(audit).toContain('train small@1 on 2 cases, after its teacher big@1')
    expect(audit).toContain('distil small@1 from big@2')
    await endRun(run, 'done')
    expect(await readdir(run.folder)).toEqual(['cycle.json'])
  })

  it('keeps a teacher out that got worse, and has the one before teach', async () => {
    // A margin that nothing meets: whatever the teacher learned, it may not teach.
    const none = { 'anterior-hippocampus': -2, 'posterior-hippocampus': -2 }
    const { run, promoted } = await learnFromCorrections(library, { steps: 5, margins: none })
    expect(promoted).toBe(false)
    expect(run.file.teacher).toMatchObject({ base: 'big@1', model: 'big@2', promoted: false })
    expect(models(library)).toEqual([
      ['big@2', 'kept-out', undefined],
      ['big@1', 'available', true],
      ['small@2', 'kept-out', undefined],
      ['small@1', 'current', undefined],
    ])
    const card = (await readCard(library, 'small', 2))!
    expect(card.distillation).toMatchObject({
      teacher: 'big@1',
      verdict: expect.stringMatching(/^kept out: /) as string,
    })
    // As many more or fewer steps as of the student: 12 of its own for 30, so 2 for 5.
    expect(card).toMatchObject({ steps: 5, distillation: { steps: 2 } })
  })

  it('learns what the teacher says of structures and images that nobody verified', async () => {
    // Nothing but the teacher tells of the posterior part: one reader drew the anterior part, and nobody anything else.
    const only = openLibrary(await mkdtemp(join(folder, 'library-')), { user: 'anna' })
    writeSetting(only, 'holdOutShare', 0)
    await registerModel(only, join(folder, 'small'), { promoted: true, verdict: 'the first' })
    await registerModel(only, join(folder, 'big'), { promoted: true, use: false, verdict: 'added' })
    setTeachingModel(only, { name: 'big', version: 1 }, 'chosen')
    for (const seed of [31, 32, 33]) await addBlobs(only, seed, whole, 'hold-out')
    for (const seed of [41, 42]) await addBlobs(only, seed, anterior)
    for (const seed of [43, 44]) await addBlobs(only, seed, {})
    const { before, after, run } = await learnFromCorrections(only)
    expect(run.file.teacher!.unread).toHaveLength(2)
    const of = 'posterior-hippocampus'
    expect(after[of].dsc).toBeGreaterThan((before[of].dsc ?? 1) + 0.05)
    only.close()
  })
})

describe('a turn with a teacher that is killed', () => {
  it('in the teacher’s training, then as that is scored, then in the distillation, makes the very student that it would have made', async () => {
    const untouched = await siteLibrary()
    const whole = await learnFromCorrections(untouched, { threads: 1, steps: 8 })
    const weights = readFileSync(join(whole.model.folder, 'network.onnx'))
    untouched.close()

    const phases: string[] = []
    /** Goes on with every step leaving a checkpoint, and dies there. */
    const dies = async (phase: string, done: number): Promise<void> => {
      const work = dyingWork((progress) => {
        phases.push(`${progress.phase} ${progress.done}`)
        return progress.phase === phase && progress.done === done
      })
      const options = { threads: 1, steps: 8, checkpointSeconds: 0 }
      await expect(learnFromCorrections(library, options, work)).rejects.toThrow(Killed)
      expect(phases.at(-1)).toBe(`${phase} ${done}`)
    }
    await dies('training the teacher', 2)
    const begun = unfinishedRun(library)!
    expect(begun.file.teacher).toMatchObject({ base: 'big@1', model: null, after: null })
    expect(folderAtWork(begun)).toBe(teacherFolder(begun))
    expect(existsSync(join(teacherFolder(begun), 'checkpoint.bin'))).toBe(true)
    await dies('scoring the teacher', 1)
    expect(existsSync(join(teacherFolder(begun), 'model.json'))).toBe(true)
    await dies('distilling', 5)
    expect(unfinishedRun(library)?.file.teacher).toMatchObject({ model: 'big@2' })
    expect(folderAtWork(unfinishedRun(library)!)).toBe(trainingFolder(begun))
    await dies('distilling', 7)

    const result = await learnFromCorrections(library, { threads: 1, steps: 8 })
    expect(result.run.folder).toBe(begun.folder)
    expect(readFileSync(join(result.model.folder, 'network.onnx')).equals(weights)).toBe(true)
    expect(result.verdict).toBe(whole.verdict)
    expect(listModels(library).map(modelReference)).toEqual(['big@2', 'big@1', 'small@2', 'small@1'])
    // Each from its checkpoint: no training began a second time, and no step but the last was done again.
    expect(phases.filter((phase) => phase === 'training the teacher 1')).toHaveLength(1)
    expect(phases.filter((phase) => phase === 'distilling 1')).toHaveLength(1)
    expect((await readModelStory(library, 'small', 2)).curve?.rows.map(([step]) => step)).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8,
    ])
  })

  it('between the library’s row of the teacher and its own note makes no second one, and has it teach', async () => {
    const dying = dyingWork(({ phase }) => phase === 'scoring the current model')
    await expect(learnFromCorrections(library, { steps: 5 }, dying)).rejects.toThrow(Killed)
    const begun = unfinishedRun(library)!
    const { teacher } = begun.file
    const noted = { ...begun.file, teacher: { ...teacher, model: null, promoted: null } }
    await writeFile(join(begun.folder, 'cycle.json'), JSON.stringify(noted))
    setTeachingModel(library, { name: 'big', version: 1 }, 'as before the note')
    const { run } = await learnFromCorrections(library, { steps: 5 })
    expect(run.folder).toBe(begun.folder)
    expect(listModels(library).filter(({ name }) => name === 'big')).toHaveLength(2)
    expect(teachingModel(library)?.version).toBe(run.file.teacher?.promoted === true ? 2 : 1)
  })

  it('is set aside where another model teaches by now, or none', async () => {
    const dying = dyingWork(({ phase }) => phase === 'training the teacher')
    await expect(learnFromCorrections(library, { steps: 1 }, dying)).rejects.toThrow(Killed)
    const begun = unfinishedRun(library)!
    await chooseTeacher(library, null)
    const { run, model } = await learnFromCorrections(library, { steps: 1 })
    expect(run.folder).not.toBe(begun.folder)
    expect(run.file.teacher).toBeUndefined()
    expect((await readCard(library, 'small', model.version))?.distillation).toBeUndefined()
    expect(existsSync(teacherFolder(begun))).toBe(false)
  })

  it('that is cancelled while the teacher is trained leaves all as it was', async () => {
    const controller = new AbortController()
    const report: Work['report'] = ({ phase }) => phase === 'training the teacher' && controller.abort(new Error('cancelled')) // prettier-ignore
    await expect(learnFromCorrections(library, {}, { signal: controller.signal, report })).rejects.toThrow('cancelled')
    expect(unfinishedRun(library)).toBeNull()
    expect(listModels(library)).toHaveLength(2)
    expect(teachingModel(library)?.version).toBe(1)
  })
})

describe('a teacher', () => {
  it('is refused in one line where it cannot teach', async () => {
    const other = await changed('big', () => ({ name: 'abdomen', schema: 'flare23', channels: ['background', 'liver', 'spleen'] })) // prettier-ignore
    await registerModel(library, other, { promoted: true, use: false, verdict: 'added' })
    await expect(chooseTeacher(library, { name: 'abdomen', version: 1 })).rejects.toThrow(
      'abdomen@1 cannot teach small@1: it labels by the schema flare23, not hippocampus',
    )
    const less = await changed('big', () => ({ name: 'half', channels: ['background', 'anterior-hippocampus', 'x'] }))
    await registerModel(library, less, { promoted: true, use: false, verdict: 'added' })
    await expect(chooseTeacher(library, { name: 'small', version: 1 })).rejects.toThrow('versions of one model')
    await expect(chooseTeacher(library, { name: 'big', version: 9 })).rejects.toThrow('has no model big@9')
    expect(teachingModel(library)?.name).toBe('big')
    expect((await planCorrections(library)).teachers).toEqual(['big@1'])
    // It was one that could teach when it was chosen: another model came to use.
    setTeachingModel(library, { name: 'abdomen', version: 1 }, 'forced')
    expect((await planCorrections(library)).obstacle).toMatch(/cannot teach small@1: it labels by the schema flare23/)
    await expect(learnFromCorrections(library)).rejects.toThrow(/it labels by the schema flare23, not hippocampus/)
  })

  it('keeps the hold-out clear of what it learned from', async () => {
    const held = await addBlobs(library, 34, whole, 'hold-out')
    const seen = await changed('big', ({ provenance }) => ({
      name: 'wise',
      provenance: { ...(provenance as object), cases: [{ id: held, revision: null }] },
    }))
    await registerModel(library, seen, { promoted: true, use: false, verdict: 'added' })
    expect((await planCorrections(library)).holdOut).toContain(held)
    await chooseTeacher(library, { name: 'wise', version: 1 })
    expect((await planCorrections(library)).holdOut).not.toContain(held)
  })

  it('does not stand in for a damaged model', async () => {
    await writeFile(join(currentModel(library)!.folder, 'network.onnx'), 'damaged')
    await repairLibrary(library)
    expect(currentModel(library)).toMatchObject({ name: 'small', version: 1 })
  })
})
