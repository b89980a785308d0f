import { readFileSync, statSync } from 'node:fs'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { EmendError } from '../../../src/shared/errors'
import { affineOf } from '../../../src/shared/geometry/affine'
import type { Progress, Work } from '../../../src/shared/progress'
import { listAudit } from '../../../src/main/library/audit'
import { addCase, getCase, listCases, setRole } from '../../../src/main/library/cases'
import { openLibrary, type Library } from '../../../src/main/library/library'
import { setMargin } from '../../../src/main/library/margins'
import { currentModel, listModels, previousModel, registerModel, useModel } from '../../../src/main/library/models'
import { libraryPaths } from '../../../src/main/library/paths'
import { addRevision } from '../../../src/main/library/revisions'
import { readCard, readModelStory } from '../../../src/main/learning/card'
import { learnFromCorrections } from '../../../src/main/learning/cycle'
import { endRun, unfinishedRun, type CycleFile } from '../../../src/main/learning/cycleFile'
import { train } from '../../../src/main/learning/train'
import type { Statuses } from '../../../src/shared/labels/status'
import { blobData, blobRecipe, blobs, schema } from './blobs'

const accepted: Statuses = { 'anterior-hippocampus': 'accepted', 'posterior-hippocampus': 'accepted' }
const identity = { name: 'blobs', version: 1, title: 'Blobs', licence: 'CC0-1.0', attribution: 'made up' }
const folders: string[] = []
const temporary = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'emend turn ä-'))
  folders.push(folder)
  return folder
}

let modelFolder: string
let library: Library

beforeAll(async () => {
  modelFolder = await temporary()
  const recipe = blobRecipe(20, { corrections: { steps: 12, learningRate: 5e-3 } })
  await train({ ...blobData, holdOut: null }, { recipe, seed: 1, out: modelFolder, identity })
})
beforeEach(async () => {
  library = openLibrary(await temporary(), { user: 'anna' })
  await registerModel(library, modelFolder, { promoted: true, verdict: 'the first' })
  await addBlobs(21, 'work')
  await addBlobs(31, 'hold-out')
})
afterEach(() => library.close())
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true })
})

async function addBlobs(seed: number, role: 'work' | 'hold-out'): Promise<string> {
  const { image, labels } = blobs(seed)
  const imported = { modality: 'CT', description: `blobs ${seed}`, volume: image, warnings: [] }
  const { id } = await addCase(library, imported, { schema: schema.name })
  const made = { parent: null, origin: 'reader', model: null, statuses: accepted, edited: [] } as const
  await addRevision(library, { caseId: id, ...made, labels })
  setRole(library, id, role)
  return id
}

/** A process that dies: what it has written stays, and nobody cleans up. */
class Killed extends Error {}

/** Dies when `at` says so; the signal is not aborted, for a killed process is told nothing. */
function dyingWork(at: (progress: Progress) => boolean): Work {
  return {
    signal: new AbortController().signal,
    report: (progress) => {
      if (at(progress)) throw new Killed(`at ${progress.phase} ${progress.done}`)
    },
  }
}

describe('a turn that is killed', () => {
  it.each<[string, (progress: Progress) => boolean]>([
    ['while the current model is scored', ({ phase }) => phase === 'scoring the current model'],
    ['while cases are prepared', ({ phase }) => phase === 'preparing'],
    ['while the new model is scored', ({ phase }) => phase === 'scoring'],
    ['while it is scored on what it was taught', ({ phase }) => phase === 'scoring what it was taught'],
  ])('%s goes on with what it began with', async (_when, at) => {
    await expect(learnFromCorrections(library, {}, dyingWork(at))).rejects.toThrow(Killed)
    const begun = unfinishedRun(library)
    expect(begun?.file).toMatchObject({ base: 'blobs@1', state: 'running' })
    // What is verified in the meantime is for the next turn.
    await addBlobs(22, 'work')
    const result = await learnFromCorrections(library)
    expect(result.cases).toEqual(begun?.file.cases.map(({ id }) => id))
    expect(result.run.folder).toBe(begun?.folder)
    expect(listModels(library).map(({ version }) => version)).toEqual([2, 1])
    expect(listAudit(library).map(({ action, outcome }) => `${action} ${outcome}`)).toContain('train goes on')
    await endRun(result.run, 'done')
    expect(unfinishedRun(library)).toBeNull()
    expect(await readdir(result.run.folder)).toEqual(['cycle.json'])
  })

  it('makes the very model that it would have made', async () => {
    const whole = await learnFromCorrections(library)
    // The same library before that turn.
    library.close()
    library = openLibrary(await temporary(), { user: 'anna' })
    await registerModel(library, modelFolder, { promoted: true, verdict: 'the first' })
    await addBlobs(21, 'work')
    await addBlobs(31, 'hold-out')
    const dying = dyingWork(({ phase, done }) => phase === 'training' && done === 7)
    await expect(learnFromCorrections(library, {}, dying)).rejects.toThrow(Killed)
    const again = await learnFromCorrections(library)
    expect(again.after).toEqual(whole.after)
    expect(again.verdict).toBe(whole.verdict)
  })

  it('goes on by the recipe that it wrote down, whatever this version of Emend would choose', async () => {
    const dying = dyingWork(({ phase }) => phase === 'scoring the current model')
    await expect(learnFromCorrections(library, {}, dying)).rejects.toThrow(Killed)
    const path = join(unfinishedRun(library)!.folder, 'cycle.json')
    const file = JSON.parse(readFileSync(path, 'utf8')) as CycleFile
    expect(file.recipe).toMatchObject({ length: { unit: 'steps', steps: 12 } })
    await writeFile(path, JSON.stringify({ ...file, recipe: { ...file.recipe, length: { unit: 'steps', steps: 5 } } }))
    const { model } = await learnFromCorrections(library)
    expect((await readCard(library, model.name, model.version))?.steps).toBe(5)
  })

  it('makes no second version where it died between the library’s row and its own note', async () => {
    const first = await learnFromCorrections(library)
    const { folder, file } = first.run
    await writeFile(
      join(folder, 'cycle.json'),
      JSON.stringify({ ...file, state: 'running', model: null, base: 'blobs@1' }),
    )
    if (first.promoted) library.database.run("INSERT INTO model_uses VALUES (NULL, 'blobs', 1, 'back', 'anna', '2027')")
    const again = await learnFromCorrections(library)
    expect(again.model.version).toBe(first.model.version)
    expect(listModels(library)).toHaveLength(2)
  })

  it('is set aside where another model is in use by now, or other steps are asked for', async () => {
    const dying = dyingWork(({ phase }) => phase === 'preparing')
    await expect(learnFromCorrections(library, {}, dying)).rejects.toThrow(Killed)
    const begun = unfinishedRun(library)
    const result = await learnFromCorrections(library, { steps: 3 })
    expect(result.run.folder).not.toBe(begun?.folder)
    expect((await readCard(library, 'blobs', 2))?.steps).toBe(3)
  })

  it('that is cancelled does not go on', async () => {
    const controller = new AbortController()
    const work: Work = {
      signal: controller.signal,
      report: ({ phase }) => phase === 'training' && controller.abort(new Error('cancelled')),
    }
    await expect(learnFromCorrections(library, {}, work)).rejects.toThrow('cancelled')
    expect(unfinishedRun(library)).toBeNull()
    expect(listAudit(library)[0]).toMatchObject({ action: 'train', outcome: 'cancelled' })
  })
})

describe('a turn that is refused', () => {
  const labelsOf = (id: string): string => libraryPaths.labels(library.root, id, getCase(library, id).revision!)

  it('ends with its reason on record, and the next begins anew, without the case that was damaged meanwhile', async () => {
    const broken = await addBlobs(22, 'work')
    const dying = dyingWork(({ phase }) => phase === 'preparing')
    await expect(learnFromCorrections(library, {}, dying)).rejects.toThrow(Killed)
    await rm(labelsOf(broken))
    await expect(learnFromCorrections(library)).rejects.toThrow(/is missing/)
    expect(unfinishedRun(library)).toBeNull()
    const [entry] = listAudit(library)
    expect([entry.action, entry.subject, entry.outcome]).toEqual([
      'train',
      'blobs@1',
      expect.stringMatching(/^failed: .* is missing/),
    ])
    const [folder] = (await readdir(libraryPaths.runs(library.root))).map((id) => libraryPaths.run(library.root, id))
    expect(await readdir(folder)).toEqual(['cycle.json'])
    const file = JSON.parse(readFileSync(join(folder, 'cycle.json'), 'utf8')) as CycleFile
    expect(file).toMatchObject({ state: 'failed', reason: expect.stringContaining('is missing') as string })
    const next = await learnFromCorrections(library, { steps: 1 })
    expect([next.run.file.seed, next.cases.length]).toEqual([2, 1])
    expect(next.run.file.leftOut).toMatchObject([{ id: broken, role: 'work' }])
  })

  it('where a case of it is gone, ends likewise', async () => {
    const dying = dyingWork(({ phase }) => phase === 'preparing')
    await expect(learnFromCorrections(library, {}, dying)).rejects.toThrow(Killed)
    const [gone] = unfinishedRun(library)!.file.cases
    library.database.run("UPDATE cases SET removed_at = '2027', removed_by = 'anna' WHERE id = ?", gone.id)
    await expect(learnFromCorrections(library)).rejects.toThrow(`no case ${gone.id}`)
    expect(unfinishedRun(library)).toBeNull()
  })

  it('stays to be gone on with where the disk was full', async () => {
    const full = Object.assign(new Error('no space'), { code: 'ENOSPC' })
    const work: Work = {
      signal: new AbortController().signal,
      report: ({ phase }) => {
        if (phase === 'preparing') throw new EmendError('the disk is full', { cause: full })
      },
    }
    await expect(learnFromCorrections(library, {}, work)).rejects.toThrow('the disk is full')
    expect(unfinishedRun(library)?.file.state).toBe('running')
  })
})

describe('the cases of a turn', () => {
  it('are not those that show what is held out, be it on another grid', async () => {
    const { image, labels } = blobs(31)
    const affine = affineOf([2, 0, 0], [0, 2, 0], [0, 0, 2], [0, 0, 0])
    const volume = { ...image, affine }
    const imported = { modality: 'CT', description: 'twin', volume, warnings: [] }
    const { id, added } = await addCase(library, imported, { schema: schema.name })
    expect(added).toBe(true)
    const made = { parent: null, origin: 'reader', model: null, statuses: accepted, edited: [] } as const
    await addRevision(library, { caseId: id, ...made, labels: { ...labels, affine } })
    const { cases } = await learnFromCorrections(library, { steps: 1 })
    expect(cases).toHaveLength(1)
    expect(cases).not.toContain(id)
  })

  it('are as many as fit into memory, the newest at least, and the card says of how many', async () => {
    await addBlobs(22, 'work')
    const newest = await addBlobs(23, 'work')
    const { run, model } = await learnFromCorrections(library, { steps: 1, memory: 100_000 })
    expect(run.file).toMatchObject({ cases: [{ id: newest }], verified: 3 })
    expect(run.file.cases).toHaveLength(1)
    expect(await readCard(library, 'blobs', model.version)).toMatchObject({ cases: [{ id: newest }], verified: 3 })
    expect(listAudit(library).map(({ outcome }) => outcome)).toContain('on 1 of 3 cases')
  })

  it('are asked of the model once, however often the turn is taken up, and between two it gives way', async () => {
    const { image, labels } = blobs(24)
    const imported = { modality: 'CT', description: 'in part', volume: image, warnings: [] }
    const { id } = await addCase(library, imported, { schema: schema.name })
    const statuses: Statuses = { 'anterior-hippocampus': 'accepted' }
    const made = { parent: null, origin: 'reader', model: null, statuses, edited: [] } as const
    await addRevision(library, { caseId: id, ...made, labels })
    let paused = 0
    const dying: Work = {
      ...dyingWork(({ phase }) => phase === 'training'),
      giveWay: () => Promise.resolve(void (paused += 1)),
    }
    const proposal = (): string => join(unfinishedRun(library)!.folder, 'model-proposals', `${id}.nii.gz`)
    await expect(learnFromCorrections(library, {}, dying)).rejects.toThrow(Killed)
    // One of the hold-out, two to learn from, and the first step.
    expect(paused).toBeGreaterThanOrEqual(4)
    const { mtimeMs } = statSync(proposal())
    await expect(learnFromCorrections(library, {}, dying)).rejects.toThrow(Killed)
    expect(statSync(proposal()).mtimeMs).toBe(mtimeMs)
    const { run } = await learnFromCorrections(library)
    await endRun(run, 'done')
    expect(await readdir(run.folder)).toEqual(['cycle.json'])
  })
})

describe('a turn that ended', () => {
  it('leaves a card, a curve, and the way back', async () => {
    setMargin(library, 'posterior-hippocampus', 0.3)
    const { model, run, verdict, after } = await learnFromCorrections(library)
    const card = await readCard(library, 'blobs', model.version)
    expect(card).toMatchObject({ parents: ['blobs@1'], startedBy: 'anna', verdict, steps: 12, seed: 1, replayed: 0 })
    expect(card?.cases.map(({ id }) => id)).toEqual(run.file.cases.map(({ id }) => id))
    const [structure] = card!.structures
    expect(Object.fromEntries(card!.structures.map(({ structure, margin }) => [structure, margin]))).toEqual({
      'anterior-hippocampus': 0.02,
      'posterior-hippocampus': 0.3,
    })
    expect(structure.dsc.mean).toBeCloseTo(after[structure.structure].dsc!, 3)
    expect(card?.worst.map(({ dsc }) => dsc)).toEqual([...card!.worst.map(({ dsc }) => dsc)].sort((a, b) => a - b))
    const { curve, dsc, recipe } = await readModelStory(library, 'blobs', model.version)
    expect(curve?.columns.slice(0, 4)).toEqual(['step', 'seconds', 'learning rate', 'loss'])
    expect(curve?.rows.at(-1)?.[0]).toBe(12)
    expect(dsc?.columns).toEqual(['step', 'anterior-hippocampus', 'posterior-hippocampus'])
    expect(dsc?.rows.at(-1)?.[0]).toBe(12)
    expect(Object.fromEntries(recipe.map(({ name, value }) => [name, value]))).toMatchObject({
      Recipe: 'blobs',
      Patch: expect.stringMatching(/^16 x 16 x 16 voxels/) as string,
      Length: '12 steps',
      Optimizer: expect.stringMatching(/^adam, learning rate 0.005,/) as string,
      Seed: '1',
      'Computed on': 'cpu, a thread for each core',
    })
    expect(await readCard(library, 'blobs', 1)).toBeNull()
    expect(currentModel(library)?.version).toBe(2)
    expect(previousModel(library)).toEqual({ name: 'blobs', version: 1 })
  })

  it('gives the next one another seed, so that unchanged cases make another network', async () => {
    const first = await learnFromCorrections(library, { steps: 2 })
    await endRun(first.run, 'done')
    useModel(library, 'blobs', 1, 'the same parent')
    const second = await learnFromCorrections(library, { steps: 2 })
    expect([first, second].map(({ run }) => run.file.seed)).toEqual([1, 2])
    const bytes = ({ model }: typeof first): Buffer => readFileSync(join(model.folder, 'network.onnx'))
    expect(second.model.version).toBe(3)
    expect(bytes(second).equals(bytes(first))).toBe(false)
  })

  it('holds cases out once enough are verified, and never lets one go', async () => {
    for (let seed = 40; seed < 50; seed++) await addBlobs(seed, 'work')
    const result = await learnFromCorrections(library, { steps: 1 })
    const held = listCases(library).filter(({ role }) => role === 'hold-out')
    // A fifth of twelve, rounded down; one was held out before.
    expect(held).toHaveLength(2)
    expect(result.cases).toHaveLength(10)
    for (const { id } of held) expect(result.cases).not.toContain(id)
    expect(() => setRole(library, held[0].id, 'work')).toThrow('a hold-out only grows')
  })
})
