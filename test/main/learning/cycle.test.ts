import { cp, mkdtemp, readdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { addCase, setRole } from '../../../src/main/library/cases'
import { openLibrary, type Library } from '../../../src/main/library/library'
import { currentModel, listModels, registerModel } from '../../../src/main/library/models'
import { addRevision } from '../../../src/main/library/revisions'
import { learnFromCorrections } from '../../../src/main/learning/cycle'
import { planCorrections } from '../../../src/main/learning/corrections'
import { train } from '../../../src/main/learning/train'
import { loadModel } from '../../../src/main/segmentation/model'
import type { Statuses } from '../../../src/shared/labels/status'
import { blobData, blobRecipe, blobs, schema } from './blobs'

const allAccepted: Statuses = { 'anterior-hippocampus': 'accepted', 'posterior-hippocampus': 'accepted' }
const identity = { name: 'blobs', version: 1, title: 'Blobs', licence: 'CC0-1.0', attribution: 'made up' }
const temporary = () => mkdtemp(join(tmpdir(), 'emend-cycle-'))

let modelFolder: string
let library: Library

beforeAll(async () => {
  modelFolder = await temporary()
  const recipe = blobRecipe(20, { corrections: { steps: 25, learningRate: 5e-3 } })
  await train({ ...blobData, holdOut: null }, { recipe, seed: 1, out: modelFolder, identity })
})

beforeEach(async () => {
  library = openLibrary(await temporary(), { user: 'reader' })
  await registerModel(library, modelFolder, { promoted: true, verdict: 'the first' })
})

afterEach(() => library.close())

async function addBlobs(
  seed: number,
  statuses: Statuses,
  role: 'work' | 'hold-out' = 'work',
  patientId = '',
): Promise<string> {
  const { image, labels } = blobs(seed)
  const dicom = { identity: { patientId, studyInstanceUid: '' } } as never
  const { id } = await addCase(
    library,
    { modality: 'CT', description: `blobs ${seed}`, volume: image, warnings: [], dicom },
    { schema: schema.name },
  )
  await addRevision(library, {
    caseId: id,
    parent: null,
    origin: 'reader',
    model: null,
    statuses,
    edited: [],
    labels,
  })
  setRole(library, id, role)
  return id
}

describe('the learning cycle', () => {
  it('turns corrections into a better version, promotes it, and keeps both', async () => {
    const ids = [await addBlobs(21, allAccepted), await addBlobs(22, { 'anterior-hippocampus': 'corrected' })]
    await addBlobs(23, {})
    await addBlobs(31, allAccepted, 'hold-out')
    const plan = await planCorrections(library)
    expect(plan).toMatchObject({ model: 'blobs@1', steps: 25, obstacle: null })
    expect(plan.holdOut).toHaveLength(1)
    const result = await learnFromCorrections(library)

    expect([...result.cases].sort()).toEqual(plan.cases.map((c) => c.id).sort())
    expect([...result.cases].sort()).toEqual(ids.sort())
    expect(result.holdOut).toMatch(/^library-1-[0-9a-f]{8}$/)
    expect(result.promoted).toBe(true)
    expect(result.verdict).toMatch(/^promoted: mean DSC/)
    expect(result.after['anterior-hippocampus'].dsc).toBeGreaterThan(result.before['anterior-hippocampus'].dsc ?? 1)
    expect(currentModel(library)).toMatchObject({ name: 'blobs', version: 2 })
    expect(listModels(library).map((m) => [m.version, m.state])).toEqual([
      [2, 'current'],
      [1, 'available'],
    ])
    const { manifest } = await loadModel(result.model.folder)
    expect(manifest.version).toBe(2)
    expect(manifest.provenance.parent).toBe('blobs@1')
    expect(manifest.provenance.cases.map((c) => c.id)).toEqual(
      expect.arrayContaining(['blobs-1', ...ids]) as unknown as string[],
    )
    expect(manifest.scores?.structures).toEqual(result.after)
    expect(await readdir(result.model.folder)).toContain('curve.csv')
  })

  it('keeps a version out that wrong corrections made worse', async () => {
    // The reader swaps the two structures: what is learned from that must not become current.
    const { labels } = blobs(21)
    const swapped = labels.data.map((id) => (id === 1 ? 2 : id === 2 ? 1 : 0))
    const id = await addBlobs(21, {})
    await addRevision(library, {
      caseId: id,
      parent: null,
      origin: 'reader',
      model: null,
      statuses: allAccepted,
      edited: [],
      labels: { ...labels, data: swapped },
    })
    await addBlobs(31, allAccepted, 'hold-out')
    const result = await learnFromCorrections(library)
    expect(result.promoted).toBe(false)
    expect(result.verdict).toMatch(/^kept out: /)
    expect(currentModel(library)?.version).toBe(1)
    expect(listModels(library).map((m) => [m.version, m.state, m.verdict])).toEqual([
      [2, 'kept-out', result.verdict],
      [1, 'current', 'the first'],
    ])
  })

  it('scores on no case that the model has learned from', async () => {
    const learned = await addBlobs(31, allAccepted, 'hold-out')
    await addBlobs(21, allAccepted)
    const folder = await temporary()
    await cp(modelFolder, folder, { recursive: true })
    const { manifest } = await loadModel(folder)
    const provenance = { ...manifest.provenance, cases: [{ id: learned, revision: null }] }
    await writeFile(join(folder, 'model.json'), JSON.stringify({ ...manifest, provenance }))
    await registerModel(library, folder, { promoted: true, verdict: 'has seen the hold-out' })
    await expect(learnFromCorrections(library)).rejects.toThrow(/nothing to score a new model on/)
  })

  it('says what is missing', async () => {
    await expect(learnFromCorrections(library)).rejects.toThrow(/nothing to learn from yet/)
    await addBlobs(21, allAccepted)
    await expect(learnFromCorrections(library)).rejects.toThrow(/nothing to score a new model on/)
    expect((await planCorrections(library)).obstacle).toMatch(
      /verify more cases that blobs@1 has not learned from: of 10/,
    )
    expect((await planCorrections(library)).obstacle).toMatch(/nothing to score a new model on/)
  })

  it('leaves the other cases of a held-out patient alone', async () => {
    await addBlobs(31, allAccepted, 'hold-out', 'Jane')
    const theirs = await addBlobs(21, allAccepted, 'work', 'Jane')
    const ids = [await addBlobs(22, allAccepted, 'work', 'John'), await addBlobs(23, allAccepted)]
    const plan = await planCorrections(library)
    expect(plan.cases.map(({ id }) => id).sort()).toEqual(ids.sort())
    expect(plan).toMatchObject({ verified: 3, obstacle: null })
    const { cases } = await learnFromCorrections(library, { steps: 1 })
    expect(cases).not.toContain(theirs)
  })

  it('changes nothing in the library when it is cancelled', async () => {
    await addBlobs(21, allAccepted)
    await addBlobs(31, allAccepted, 'hold-out')
    const controller = new AbortController()
    const work = {
      signal: controller.signal,
      report: ({ phase }: { phase: string }) => {
        if (phase === 'training') controller.abort(new Error('cancelled'))
      },
    }
    await expect(learnFromCorrections(library, {}, work)).rejects.toThrow('cancelled')
    expect(listModels(library)).toHaveLength(1)
  })
})
