import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { unwatched } from '../../../src/shared/progress'
import type { Statuses } from '../../../src/shared/labels/status'
import { addCase, caseGrid, getCase, setRole } from '../../../src/main/library/cases'
import { openLibrary, type Library } from '../../../src/main/library/library'
import { registerModel } from '../../../src/main/library/models'
import { addRevision } from '../../../src/main/library/revisions'
import { contradictionsIn } from '../../../src/main/learning/contradictions'
import { gatherCorrections } from '../../../src/main/learning/corrections'
import { learnFromCorrections } from '../../../src/main/learning/cycle'
import { lessonScores } from '../../../src/main/learning/lessonScores'
import { train } from '../../../src/main/learning/train'
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
  lessonScores(library, await gatherCorrections(library), { out, seed: 1 }, {}, unwatched)

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
    expect(contradictionsIn(again, { held: { 'anterior-hippocampus': { dsc: 0.9 } } })).toEqual([
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

  it('says nothing where a turn is judged on phantoms', async () => {
    const corrections = await gatherCorrections(library)
    const alone = { ...corrections, held: [] }
    expect(await lessonScores(library, alone, { out: corrections.current.folder, seed: 1 }, {}, unwatched)).toEqual({})
  })
})
