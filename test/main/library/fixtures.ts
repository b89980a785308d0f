import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { NewCase } from '../../../src/main/library/cases'
import { openLibrary, type Library, type OpenOptions } from '../../../src/main/library/library'
import type { LabelMap, Volume } from '../../../src/main/imaging/volume'
import { affineOf, type Vec3 } from '../../../src/shared/geometry/affine'
import { seededRandom } from '../../../src/shared/random'

/** A folder that is removed after the test; its name has a space and an umlaut, as people's folders do. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'emend büch erei-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A library in a folder of its own, closed after the test. */
export function temporaryLibrary(options: OpenOptions = {}, root = temporaryFolder()): Library {
  const library = openLibrary(root, { user: 'reader', ...options })
  onTestFinished(() => library.close())
  return library
}

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

/** A folder that describes a model; its network is arbitrary bytes, which the library does not look into. */
export function modelFolder(options: { name?: string; version?: number; network?: string } = {}): string {
  const folder = join(temporaryFolder(), 'model')
  const { name = 'flare', version = 1, network = 'weights' } = options
  mkdirSync(folder)
  writeFileSync(join(folder, 'network.onnx'), network)
  const manifest = {
    format: 'emend-model/1',
    name,
    version,
    title: 'Abdominal organs',
    channels: ['background', 'liver', 'spleen'],
    provenance: { parent: null, cases: [], recipe: {}, seed: 1, createdAt: '2026-01-02T03:04:05.000Z' },
    scores: { holdOut: 'a', structures: { liver: { dsc: 0.9, nsd: null, cases: 3 } } },
  }
  writeFileSync(join(folder, 'model.json'), JSON.stringify(manifest))
  return folder
}
