import { describe, expect, it } from 'vitest'
import { dataPath } from '../../data'
import {
  loadModel,
  modelId,
  networkDigest,
  offeredStructures,
  parseManifest,
} from '../../../src/main/segmentation/model'
import { openNetwork } from '../../../src/main/segmentation/network'
import { folderWithCoarse, manifest, modelFolder, thresholdNetwork } from './scene'

const network = thresholdNetwork(1)
const teacher = dataPath('teachers', 'abdomen9-obelisk')

describe('a model folder', () => {
  it('gives the schema’s structure of each channel', async () => {
    const model = await loadModel(await modelFolder({ network, manifest: manifest() }))
    expect(modelId(model)).toBe('threshold@3')
    expect(model.channels.map((c) => c?.id ?? 0)).toEqual([0, 3])
    expect(offeredStructures(model).map((s) => s.name)).toEqual(['spleen'])
    expect(model.manifest.output.stride).toEqual([1, 1, 1])
  })

  it.skipIf(!teacher)('may be a known foreign network without a manifest', async () => {
    const model = await loadModel(teacher!)
    expect(modelId(model)).toBe('abdomen9-obelisk@1')
    expect(offeredStructures(model)).toHaveLength(9)
  })

  it('may hold a coarse model, by which it differs from the same network without one', async () => {
    const model = await loadModel(await folderWithCoarse())
    expect(modelId(model.coarse!)).toBe('threshold-coarse@3')
    const plain = await loadModel(await modelFolder({ network: thresholdNetwork(1.2), manifest: manifest() }))
    expect(plain.coarse).toBeNull()
    expect(await networkDigest(model)).not.toBe(await networkDigest(plain))
  })

  it.each([
    ['is missing', {}, /has no network\.onnx/],
    ['has no manifest and is unknown', { network }, /has no model\.json.*not one that Emend knows/],
    ['has a manifest that is not JSON', { network, manifest: '{ "format": ' }, /model\.json is not JSON/],
    ['lacks a field', { network, manifest: { ...manifest(), licence: undefined } }, /the field licence is missing/],
    [
      'has a field that is not known',
      { network, manifest: manifest({ views: 3 }) },
      /model\.json is no valid .*a field views that this Emend does not know/,
    ],
    [
      'is of a newer Emend',
      { network, manifest: manifest({ format: 'emend-model/2', views: 3 }) },
      /a newer Emend wrote it, as emend-model\/2/,
    ],
    [
      'has a wrong field deep inside',
      { network, manifest: manifest({ input: { name: 'image', axes: 'xyz' } }) },
      /model\.json is no valid model manifest: input\.axes: /,
    ],
    ['has an unknown schema', { network, manifest: manifest({ schema: 'knee' }) }, /no label schema 'knee'/],
    [
      'has a channel that the schema does not know',
      { network, manifest: manifest({ channels: ['background', 'splean'] }) },
      /threshold.*no structure 'splean'/,
    ],
    [
      'names a coarse model outside',
      { network, manifest: manifest({ coarse: '../other' }) },
      /coarse: it is a folder beside/,
    ],
    [
      'names a coarse model that is not there',
      { network, manifest: manifest({ coarse: 'coarse' }) },
      /no model folder .*coarse/,
    ],
    [
      'has a coarse model with a coarse model',
      {
        network,
        manifest: manifest({ coarse: 'coarse' }),
        coarse: { network, manifest: manifest({ coarse: 'coarse' }), coarse: { network, manifest: manifest() } },
      },
      /coarse has a coarse model itself/,
    ],
    [
      'post-processes what it does not segment',
      { network, manifest: manifest({ postprocess: { largestComponent: ['liver'] } }) },
      /'liver'.*not among its channels/,
    ],
  ])('that %s is refused in one line', async (_, files, message) => {
    const refusal = loadModel(await modelFolder(files))
    await expect(refusal).rejects.toThrow(message)
    await expect(refusal).rejects.toMatchObject({ name: 'EmendError', message: expect.not.stringContaining('\n') })
  })

  it('that is not there is refused', async () => {
    await expect(loadModel('/nowhere/at-all')).rejects.toThrow(/there is no model folder \/nowhere\/at-all/)
  })
})

describe('a manifest', () => {
  it.each([
    ['another first channel', { channels: ['spleen', 'background'] }, /first output channel must be background/],
    ['a channel twice', { channels: ['background', 'spleen', 'spleen'] }, /share a name/],
    [
      'a patch that the output stride does not divide',
      {
        output: { name: 'logits', kind: 'logits', stride: [2, 2, 2] },
        inference: { kind: 'patch', patch: [32, 33, 32], step: 0.5 },
      },
      /multiples of the output stride/,
    ],
    ['no such orientation', { preprocess: { ...(manifest()['preprocess'] as object), orientation: 'XYZ' } }, /orient/],
    [
      'an orientation with an axis twice',
      { preprocess: { ...(manifest()['preprocess'] as object), orientation: 'RLS' } },
      /orient/,
    ],
    ['a field that nobody knows', { colour: 'red' }, /colour/],
  ])('with %s is refused', (_, changes, message) => {
    expect(() => parseManifest(manifest(changes), 'x/model.json')).toThrow(message)
  })
})

describe('a network', () => {
  it.each([
    ['input', { input: { name: 'picture', axes: 'kji' } }, /its inputs are image, not 'picture'/],
    ['output', { output: { name: 'masks', kind: 'logits' } }, /its outputs are logits, among them no 'masks'/],
  ])('whose %s has another name than the manifest says is refused', async (_, changes, message) => {
    const model = await loadModel(await modelFolder({ network, manifest: manifest(changes) }))
    await expect(openNetwork(model)).rejects.toThrow(message)
  })

  it('with another number of channels than the manifest says is refused', async () => {
    const model = await loadModel(
      await modelFolder({ network, manifest: manifest({ channels: ['background', 'spleen', 'liver'] }) }),
    )
    const open = await openNetwork(model)
    await expect(open.run(new Float32Array(64), [4, 4, 4])).rejects.toThrow(/is 1 x 2 x 4 x 4 x 4, not 1 x 3/)
    await open.close()
  })

  it('that is no ONNX file is refused with its name', async () => {
    const folder = await modelFolder({ network: new TextEncoder().encode('not a network'), manifest: manifest() })
    await expect(openNetwork(await loadModel(folder))).rejects.toThrow(/network\.onnx could not be opened on cpu/)
  })
})
