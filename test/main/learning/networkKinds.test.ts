import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readInitializers } from '../../../src/main/graph/onnx'
import type { Recipe } from '../../../src/main/learning/recipe'
import { train, type TrainResult } from '../../../src/main/learning/train'
import { loadModel } from '../../../src/main/segmentation/model'
import { segment } from '../../../src/main/segmentation/segment'
import { blobData, blobRecipe, blobs } from './blobs'

const encoder = { kind: 'unet', base: 4, maxChannels: 16, levels: 3, stemStride: 2 } as const
const networks: Recipe['network'][] = [
  { kind: 'residual-unet', channels: [6, 8, 8], units: 0 },
  {
    kind: 'residual-unet',
    channels: [4, 8, 8],
    units: 2,
    strides: [
      [1, 2, 2],
      [2, 2, 2],
    ],
  },
  { kind: 'inception-unet', channels: [8, 8, 12], inception: true, squeezeExcitation: true },
  {
    kind: 'two-stem',
    encoder,
    encodingChannels: 6,
    stem: { channels: 3, convolutions: 1 },
    segmenter: { kind: 'residual-unet', channels: [6, 8, 8], units: 0 },
  },
]

const weightsOf = async (folder: string) => readInitializers(await readFile(join(folder, 'network.onnx')))

async function trained(network: Recipe['network'], steps: number, init?: string): Promise<TrainResult> {
  const out = await mkdtemp(join(tmpdir(), 'emend-kinds-'))
  const identity = { name: 'kinds', version: 1, title: 'Kinds', licence: 'CC0-1.0', attribution: 'made up' }
  const recipe = blobRecipe(steps, { network })
  return train({ ...blobData, holdOut: null }, { recipe, seed: 2, out, identity, init })
}

describe('networks of every kind', () => {
  it.each(networks)('$kind trains, is exported, loads and segments', async (network) => {
    const { folder, manifest, loss } = await trained(network, 3)
    expect(loss).toBeGreaterThan(0)
    expect(manifest.network).toMatchObject({ ...network, inputChannels: 1, outputChannels: 3 })
    const { image } = blobs(40)
    const { labels } = await segment(image, await loadModel(folder))
    expect(labels.dims).toEqual(image.dims)
    expect(Math.max(...labels.data)).toBeLessThanOrEqual(2)
  })

  it("takes a pre-trained encoder's weights as those of its position, and leaves them as they are", async () => {
    const pretrained = await trained(encoder, 2)
    const { folder } = await trained(networks[3], 3, pretrained.folder)
    const [before, after] = await Promise.all([weightsOf(pretrained.folder), weightsOf(folder)])
    const kept = [...before.keys()].filter((name) => name.startsWith('encoder.') || name.startsWith('decoder.'))
    expect(kept.length).toBeGreaterThan(10)
    for (const name of kept) expect(after.get(`position.${name}`)).toStrictEqual(before.get(name))
  })
})
