import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { readModelStory } from '../../../src/main/learning/card'
import { attachCoarse, requireCoarse } from '../../../src/main/learning/coarseChoice'
import { checkAudit } from '../../../src/main/library/audit'
import { addCase, setRole } from '../../../src/main/library/cases'
import type { Library } from '../../../src/main/library/library'
import { currentModel, listModels, registerModel } from '../../../src/main/library/models'
import { loadModel, modelId, type Model } from '../../../src/main/segmentation/model'
import { temporaryLibrary } from '../library/fixtures'
import { newCase } from '../library/samples'
import { folderWithCoarse, manifest, modelFolder, thresholdNetwork } from '../segmentation/scene'

const preprocess = (changes: object): object => ({ ...(manifest()['preprocess'] as object), ...changes })
const at = (...mm: number[]): object => preprocess({ grid: { kind: 'spacing', mm } })
const learnedFrom = (...ids: string[]): object => ({
  parent: null,
  cases: ids.map((id) => ({ id, revision: null })),
  recipe: {},
  seed: null,
  createdAt: '2026-01-01T00:00:00Z',
})
const folderOf = (changes: Record<string, unknown>): Promise<string> =>
  modelFolder({ network: thresholdNetwork(1.2), manifest: manifest(changes) })
const model = async (changes: Record<string, unknown>): Promise<Model> => loadModel(await folderOf(changes))

let library: Library
const added = async (changes: Record<string, unknown>): Promise<{ name: string; version: number; folder: string }> =>
  registerModel(library, await folderOf(changes), { promoted: true, use: false, verdict: 'added' })

beforeEach(() => {
  library = temporaryLibrary()
})

describe('a coarse model that is attached', () => {
  it('lies in a new version, which is not put to use, has no scores and says what looks first', async () => {
    const scored = { holdOut: 'h', structures: { spleen: { dsc: 0.9, nsd: null, cases: 1 } } }
    const fine = await added({ name: 'fine', provenance: learnedFrom('a'), scores: scored })
    const before = readFileSync(join(fine.folder, 'model.json'), 'utf8')
    const finder = await added({ name: 'finder', preprocess: at(10, 10, 10), provenance: learnedFrom('a', 'b') })
    const made = await attachCoarse(library, fine, finder)

    const loaded = await loadModel(made.folder)
    expect([modelId(loaded), modelId(loaded.coarse!)]).toEqual(['fine@4', 'finder@3'])
    expect(loaded.manifest.provenance).toMatchObject({ parent: 'fine@3', cases: [{ id: 'a' }, { id: 'b' }] })
    expect(loaded.manifest.scores).toBeUndefined()
    expect(readFileSync(join(fine.folder, 'model.json'), 'utf8')).toBe(before)
    expect(currentModel(library)).toBeNull()
    const line = 'looks where finder@3 finds something; not scored with it yet (attached by reader)'
    const row = listModels(library).find(({ name, version }) => name === 'fine' && version === 4)
    expect(row).toMatchObject({ state: 'available', parent: 'fine@3', scores: null, verdict: line })
    expect((await checkAudit(library)).broken).toBeNull()
    const said = library.database.get("SELECT outcome FROM audit WHERE action = 'model' AND subject = 'fine@4'")
    expect(said).toEqual({ outcome: line })
    const { recipe } = await readModelStory(library, 'fine', 4)
    expect(recipe).toEqual([{ name: 'Looks first', value: 'finder@3, A threshold' }])
    expect(readdirSync(library.root).filter((name) => name.startsWith('.incoming'))).toEqual([])
  })

  it('takes the place of one that the model had, and what was kept out stays kept out', async () => {
    const folder = await folderWithCoarse({ name: 'fine', coarse: 'coarse' })
    const fine = await registerModel(library, folder, { promoted: false, verdict: 'worse' })
    const finder = await added({ name: 'finder', preprocess: at(10, 10, 10) })
    const made = await attachCoarse(library, fine, finder)
    expect(modelId((await loadModel(made.folder)).coarse!)).toBe('finder@3')
    expect(listModels(library).find(({ version }) => version === made.version)?.state).toBe('kept-out')
  })

  it('is refused where it is not there, or has learned from a case that is held out', async () => {
    const fine = await added({ name: 'fine' })
    await expect(attachCoarse(library, fine, { name: 'none', version: 1 })).rejects.toThrow(
      'the library has no model none@1',
    )
    const { id } = await addCase(library, newCase())
    setRole(library, id, 'hold-out')
    const finder = await added({ name: 'finder', preprocess: at(10, 10, 10), provenance: learnedFrom(id) })
    await expect(attachCoarse(library, fine, finder)).rejects.toThrow(/finder@3 has learned from .*, which is held out/)
    expect(existsSync(join(library.root, 'models', 'fine', '4'))).toBe(false)
  })
})

describe('requireCoarse', () => {
  const fine = (): Promise<Model> => model({ name: 'fine', preprocess: at(2, 2, 3) })

  it('takes one as coarse or coarser along each axis of the patient', async () => {
    const turned = preprocess({ orientation: 'SAR', grid: { kind: 'spacing', mm: [3, 2, 2] } })
    const sized = preprocess({ grid: { kind: 'size', voxels: [64, 64, 64] } })
    for (const grid of [at(2, 2, 3), turned, sized]) {
      requireCoarse(await fine(), await model({ name: 'finder', preprocess: grid }))
    }
  })

  it.each([
    ['they are versions of one model', { name: 'fine', preprocess: at(10, 10, 10) }],
    ['it labels by the schema hippocampus, not flare23', { schema: 'hippocampus', channels: ['background', 'anterior-hippocampus'], postprocess: { largestComponent: [] } }], // prettier-ignore
    ['it finds none of its structures', { channels: ['background', 'liver'], postprocess: { largestComponent: [] } }],
    ['it sees a finer grid', { preprocess: at(4, 4, 2) }],
    ['it sees a finer grid', { preprocess: preprocess({ orientation: 'SAR', grid: { kind: 'spacing', mm: [2, 2, 3] } }) }], // prettier-ignore
    ['it sees a finer grid', { preprocess: preprocess({ grid: { kind: 'native' } }) }],
  ])('says why not: %s', async (why, changes) => {
    const coarse = await model({ name: 'finder', preprocess: at(10, 10, 10), ...changes })
    const one = await fine()
    expect(() => requireCoarse(one, coarse)).toThrow(`cannot look first for fine@3: ${why}`)
  })

  it('refuses one that has a coarse model itself', async () => {
    const chained = await loadModel(await folderWithCoarse())
    const one = await fine()
    expect(() => requireCoarse(one, chained)).toThrow('it has a coarse model itself, threshold-coarse@3')
  })
})
