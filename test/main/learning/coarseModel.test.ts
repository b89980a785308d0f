import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { scoreModel } from '../../../src/main/learning/scoreModel'
import { train, type TrainOptions } from '../../../src/main/learning/train'
import { loadModel, modelId, type Model } from '../../../src/main/segmentation/model'
import { folderWithCoarse, manifest, modelFolder, scene, thresholdNetwork, withDecoy } from '../segmentation/scene'
import { blobData, blobRecipe } from './blobs'

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'emend-coarse-'))
})
afterAll(() => rm(root, { recursive: true }))

const coarseThat = async (changes: Record<string, unknown>): Promise<Model> =>
  loadModel(await modelFolder({ network: thresholdNetwork(1.2), manifest: manifest(changes) }))

const options = (name: string, more: Partial<TrainOptions>): TrainOptions => ({
  recipe: blobRecipe(1),
  seed: 1,
  out: join(root, name),
  identity: { name: 'blobs', version: 1, title: 'Blobs', licence: 'CC0-1.0', attribution: 'made up' },
  ...more,
})

describe('a coarse model', () => {
  it('becomes part of what is trained with it, and of what is trained on from that', async () => {
    const coarse = await coarseThat({ name: 'finder' })
    const first = await train({ ...blobData, holdOut: null }, options('first', { coarse }))
    const model = await loadModel(first.folder)
    expect(modelId(model.coarse!)).toBe('finder@3')
    expect(model.coarse?.folder).toBe(join(first.folder, 'coarse'))
    const second = await train({ ...blobData, holdOut: null }, options('second', { init: first.folder }))
    expect(modelId((await loadModel(second.folder)).coarse!)).toBe('finder@3')
  })

  it('that has seen a case of the hold-out is refused', async () => {
    const seen = [{ id: 'blobs-102', revision: null }]
    const coarse = await coarseThat({
      provenance: { parent: null, cases: seen, recipe: {}, seed: null, createdAt: '2026-01-01T00:00:00Z' },
    })
    await expect(train(blobData, options('leaking', { coarse }))).rejects.toThrow(
      /threshold@3 was trained on blobs-102, which is in the hold-out/,
    )
  })

  it('looks first where a hold-out is scored', async () => {
    const { image, ball } = scene([90, 80, 50], [3, 3, 4])
    const labels = { ...ball, data: ball.data.map((inside) => 3 * inside) }
    const load = () => Promise.resolve({ image: withDecoy(image), labels })
    const cases = [{ id: 'a', revision: null, annotated: null, load }]
    const far = async (folder: string) => (await scoreModel(await loadModel(folder), cases)).mean['spleen'].hd95
    const alone = await modelFolder({
      network: thresholdNetwork(1.2),
      manifest: manifest({ postprocess: { largestComponent: [] } }),
    })
    expect(await far(alone)).toBeGreaterThan(50)
    expect(await far(await folderWithCoarse())).toBeLessThan(5)
  })
})
