import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LabelMap, Volume } from '../../../src/main/imaging/volume'
import type { NewCase } from '../../../src/main/library/cases'
import { affineOf, type Vec3 } from '../../../src/shared/geometry/affine'
import { seededRandom } from '../../../src/shared/random'

/** Small things to put into a library; nothing here needs the test runner, so child processes use it too. */

/** A small CT of noise in LPS order, so that its canonical image is another array; another seed, another content. */
export function smallCt(seed = 1, dims: Vec3 = [7, 6, 5]): Volume<Int16Array> {
  const random = seededRandom(seed)
  const data = Int16Array.from({ length: dims[0] * dims[1] * dims[2] }, () => random.int(2000) - 1000)
  return { dims, affine: affineOf([-0.7, 0, 0], [0, -0.8, 0], [0, 0, 2.5], [100.1, 50.2, -300.3]), data }
}

export function newCase(seed = 1, description = 'Abdomen 2.5 mm'): NewCase {
  return { modality: 'CT', description, volume: smallCt(seed), warnings: [] }
}

/** Labels on the canonical grid of `smallCt`: `ids` voxels by voxel index, else background. */
export function smallLabels(ids: Readonly<Record<number, number>> = {}): LabelMap {
  const data = new Uint8Array(7 * 6 * 5)
  for (const [voxel, id] of Object.entries(ids)) data[Number(voxel)] = id
  return { dims: [7, 6, 5], affine: smallCt().affine, data }
}

/** Writes a folder that describes a model; its network is arbitrary bytes, which the library does not look into. */
export function writeModel(
  folder: string,
  options: {
    name?: string
    version?: number
    network?: string | Uint8Array
    schema?: string
    structures?: readonly string[]
  } = {},
): string {
  const { name = 'flare', version = 1, network = 'weights', schema = 'flare23' } = options
  const { structures = ['liver', 'spleen'] } = options
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'network.onnx'), network)
  const manifest = {
    format: 'emend-model/1',
    name,
    version,
    title: 'Abdominal organs',
    schema,
    channels: ['background', ...structures],
    provenance: { parent: null, cases: [], recipe: {}, seed: 1, createdAt: '2026-01-02T03:04:05.000Z' },
    scores: { holdOut: 'a', structures: { liver: { dsc: 0.9, nsd: null, cases: 3 } } },
  }
  writeFileSync(join(folder, 'model.json'), JSON.stringify(manifest))
  return folder
}
