import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { unwatched } from '../../../src/shared/progress'
import { affineOf } from '../../../src/shared/geometry/affine'
import { schemaNamed } from '../../../src/shared/labels/builtin'
import type { Statuses } from '../../../src/shared/labels/status'
import { addCase, caseGrid, getCase, setRole } from '../../../src/main/library/cases'
import { openLibrary, type Library } from '../../../src/main/library/library'
import { registerModel, useModel } from '../../../src/main/library/models'
import { addRevision } from '../../../src/main/library/revisions'
import { contradictionsIn } from '../../../src/main/learning/contradictions'
import { gatherCorrections } from '../../../src/main/learning/corrections'
import { learnFromCorrections } from '../../../src/main/learning/cycle'
import { endRun } from '../../../src/main/learning/cycleFile'
import { lessonScores } from '../../../src/main/learning/lessonScores'
import { firstHoldOutSeed } from '../../../src/main/learning/phantomCases'
import type { Recipe } from '../../../src/main/learning/recipe'
import { train } from '../../../src/main/learning/train'
import type { LabelledImage } from '../../../src/main/learning/trainingData'
import { blobData, blobRecipe, blobs, schema } from './blobs'

const both: Statuses = { 'anterior-hippocampus': 'accepted', 'posterior-hippocampus': 'accepted' }
const without: Statuses = { 'anterior-hippocampus': 'accepted', 'posterior-hippocampus': 'absent' }
const identity = { name: 'blobs', version: 1, title: 'Blobs', licence: 'CC0-1.0', attribution: 'made up' }
const exchanged = (labels: Uint8Array): Uint8Array => labels.map((id) => (id === 1 ? 2 : id === 2 ? 1 : 0))

let library: Library

async function addBlobs(seed: number, statuses: Statuses, data = (labels: Uint8Array) => labels): Promise<string> {
  const { image, labels } = blobs(seed)
  const scan = { modality: 'MR', description: `blobs ${seed}`, volume: image, warnings: [] }
  const { id } = await addCase(library, scan, { schema: schema.name })
  await verify(id, statuses, data(Uint8Array.from(labels.data)))
  return id
}

async function verify(caseId: string, statuses: Statuses, data: Uint8Array): Promise<void> {
  const labels = { ...caseGrid(library, caseId), data }
  const parent = getCase(library, caseId).revision
  await addRevision(library, { caseId, parent, origin: 'reader', model: null, statuses, edited: [], labels })
}

const scoresNow = async (out: string) =>
  (await lessonScores(library, await gatherCorrections(library), { out, seed: 1, unproven: [] }, {}, unwatched)).fresh

beforeAll(async () => {
  const root = await mkdtemp(join(tmpdir(), 'emend-lessons-'))
  library = openLibrary(join(root, 'library'), { user: 'reader' })
  const folder = join(root, 'model')
  const recipe = blobRecipe(60, { corrections: { steps: 2, learningRate: 1e-6 } })
  await train({ ...blobData, holdOut: null }, { recipe, seed: 1, out: folder, identity })
  await registerModel(library, folder, { promoted: true, verdict: 'the first' })
  setRole(library, await addBlobs(31, both), 'hold-out')
})

afterAll(() => library.close())

describe('what a new version was taught', () => {
  it('is scored on the structures that are there, of labels that the version before had not learned', async () => {
    const [whole, half] = [await addBlobs(21, both), await addBlobs(22, without)]
    const { model } = await learnFromCorrections(library, {}, unwatched)
    const first = await scoresNow(model.folder)
    expect(Object.keys(first).sort()).toEqual([whole, half].sort())
    expect(Object.keys(first[half])).toEqual(['anterior-hippocampus'])
    expect(first[whole]['anterior-hippocampus'].dsc).toBeGreaterThan(0.5)

    await registerModel(library, model.folder, { promoted: true, verdict: 'in use' })
    expect(await scoresNow(model.folder)).toEqual({})
    await verify(whole, both, exchanged(Uint8Array.from(blobs(21).labels.data)))
    const again = await scoresNow(model.folder)
    expect(Object.keys(again)).toEqual([whole])
    expect(contradictionsIn(again, { 'anterior-hippocampus': 0.9 })).toEqual([
      { case: whole, structure: 'anterior-hippocampus', dsc: again[whole]['anterior-hippocampus'].dsc },
    ])
  })

  it('refuses a turn whose new labels are wrong although the hold-out sees no harm in it', async () => {
    for (const seed of [41, 42, 43, 44]) await addBlobs(seed, both, exchanged)
    const { promoted, verdict } = await learnFromCorrections(library, {}, unwatched)
    expect(promoted).toBe(false)
    expect(verdict).toMatch(
      /^kept out: it was taught labels of (an|pos)terior-hippocampus that it contradicts in \d of \d new cases/,
    )
  })

  it('is scored on former cases, too, where they show what nothing that is held out does', async () => {
    const corrections = await gatherCorrections(library)
    const made = { out: corrections.current.folder, seed: 1 }
    const formerFor = async (unproven: readonly string[]) =>
      Object.keys((await lessonScores(library, corrections, { ...made, unproven }, {}, unwatched)).former)
    expect(await formerFor([])).toEqual([])
    expect(await formerFor(['anterior-hippocampus'])).toHaveLength(1)
    expect(await formerFor(['posterior-hippocampus'])).toEqual([])
  })
})

/** Balls as large as organs, labelled as liver and right kidney: a site of the schema that has phantoms. */
describe('the first turns of a site, which phantoms judge', () => {
  const organs: Statuses = { liver: 'accepted', 'right-kidney': 'accepted' }
  const flare = schemaNamed('flare23')
  const phantoms = { replayed: [], heldOut: [firstHoldOutSeed] }
  const affine = affineOf([8, 0, 0], [0, 8, 0], [0, 0, 8], [0, 0, 0])
  const large = ({ image, labels }: LabelledImage): LabelledImage => ({
    image: { ...image, affine },
    labels: { ...labels, affine },
  })
  let site: Library

  async function addPatient(seed: number, data = (labels: Uint8Array) => labels): Promise<void> {
    const { image, labels } = large(blobs(seed))
    const scan = { modality: 'CT', description: `patient ${seed}`, volume: image, warnings: [] }
    const { id: caseId } = await addCase(site, scan, { schema: flare.name })
    const made = { parent: null, origin: 'reader', model: null, statuses: organs, edited: [] } as const
    await addRevision(site, { caseId, ...made, labels: { ...labels, data: data(Uint8Array.from(labels.data)) } })
  }

  beforeAll(async () => {
    const root = await mkdtemp(join(tmpdir(), 'emend-first-turns-'))
    site = openLibrary(join(root, 'library'), { user: 'reader' })
    const recipe = blobRecipe(60, { corrections: { steps: 2, learningRate: 1e-6 } })
    const grid = { kind: 'spacing', mm: [8, 8, 8] } satisfies Recipe['preprocess']['grid']
    const coarse = { ...recipe, preprocess: { ...recipe.preprocess, grid } }
    const cases = blobData.cases.map((one) => ({ ...one, load: async () => large(await one.load()) }))
    const options = { recipe: coarse, seed: 1, out: join(root, 'model'), identity, structures: Object.keys(organs) }
    await train({ schema: flare, cases, holdOut: null }, options)
    await registerModel(site, options.out, { promoted: true, verdict: 'the first' })
  })
  afterAll(() => site.close())

  it('catch wrong labels among right ones, and let right ones pass', async () => {
    for (const seed of [51, 52, 53, 54]) await addPatient(seed)
    const first = await learnFromCorrections(site, { phantoms }, unwatched)
    expect(first.holdOut).toBe('phantoms-1')
    expect(first.verdict).not.toMatch(/contradicts/)
    expect(Object.keys(first.run.file.lessons ?? {})).toHaveLength(4)
    await endRun(first.run, 'done')
    useModel(site, first.model.name, first.model.version, 'what these taught is known from now on')

    for (const seed of [61, 62, 63]) await addPatient(seed, exchanged)
    const second = await learnFromCorrections(site, { phantoms }, unwatched)
    expect(Object.keys(second.run.file.formerLessons ?? {})).toHaveLength(4)
    expect(second.promoted).toBe(false)
    expect(second.verdict).toMatch(
      /^kept out: it was taught labels of (liver|right-kidney) that it contradicts in 3 of 3 new cases: read them again/,
    )
  }, 300_000)
})
