import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { affineOf, type Vec3 } from '../../../src/shared/geometry/affine'
import { encodeInference } from '../../../src/main/graph/inference'
import { voxelCount, type LabelMap, type Volume } from '../../../src/main/imaging/volume'

/** A body of soft tissue in air, with a bright ball in it that a threshold finds: canonical RAS, HU. */
export function scene(dims: Vec3, mm: Vec3): { image: Volume<Int16Array>; ball: LabelMap } {
  const data = new Int16Array(voxelCount(dims)).fill(-1000)
  const ball = new Uint8Array(data.length)
  const size = [dims[0] * mm[0], dims[1] * mm[1], dims[2] * mm[2]]
  for (let k = 0, at = 0; k < dims[2]; k++) {
    for (let j = 0; j < dims[1]; j++) {
      for (let i = 0; i < dims[0]; i++, at++) {
        const [x, y, z] = [(i + 0.5) * mm[0], (j + 0.5) * mm[1], (k + 0.5) * mm[2]]
        const body = ((x - size[0] / 2) / (0.4 * size[0])) ** 2 + ((y - size[1] / 2) / (0.35 * size[1])) ** 2 < 1
        const far = Math.hypot(x - 0.65 * size[0], y - 0.55 * size[1], z - 0.4 * size[2])
        if (body) data[at] = 40
        if (far < 30) {
          data[at] = 200
          ball[at] = 1
        }
      }
    }
  }
  const affine = affineOf([mm[0], 0, 0], [0, mm[1], 0], [0, 0, mm[2]], [-100, -80, 30])
  return { image: { dims, affine, data }, ball: { dims, affine, data: ball } }
}

/** The same image with as bright a block of 15 x 15 x 20 mm in the air at its corner. */
export function withDecoy({ dims, affine, data }: Volume<Int16Array>): Volume<Int16Array> {
  const marked = data.slice()
  for (let k = 0; k < 5; k++)
    for (let j = 0; j < 5; j++) marked.fill(200, dims[0] * (j + dims[1] * k), dims[0] * (j + dims[1] * k) + 5)
  return { dims, affine, data: marked }
}

/**
 * A folder of that network, which finds all that is bright, and takes every piece of it, and of a coarse model beside it, at
 * 10 mm, whose region is around the largest piece.
 */
export const folderWithCoarse = (changes: Record<string, unknown> = {}): Promise<string> =>
  modelFolder({
    network: thresholdNetwork(1.2),
    manifest: manifest({ postprocess: { largestComponent: [] }, coarse: 'coarse', ...changes }),
    coarse: {
      network: thresholdNetwork(1.2),
      manifest: manifest({
        name: 'threshold-coarse',
        preprocess: { ...(manifest()['preprocess'] as object), grid: { kind: 'spacing', mm: [10, 10, 10] } },
      }),
    },
  })

/**
 * `network.onnx` of a network whose logits are 0 for background and sharp * (value - threshold) for its one structure.
 * @param stride output voxels are means of so many input voxels along each axis
 */
export function thresholdNetwork(threshold: number, sharp = 20, stride = 1): Uint8Array {
  const weights = new Map([
    ['weight', Float32Array.of(0, sharp)],
    ['bias', Float32Array.of(0, -sharp * threshold)],
  ])
  return encodeInference(
    (tape, image) => {
      const x = stride > 1 ? tape.averagePool(image, [stride, stride, stride]) : image
      const weight = tape.parameter('weight', [2, 1, 1, 1, 1], { value: 0 })
      return tape.convolution(x, weight, tape.parameter('bias', [2], { value: 0 }))
    },
    { inputChannels: 1, multipleOf: [stride, stride, stride] },
    weights,
  )
}

/** A whole manifest for that network, in which fields may be replaced. */
export function manifest(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    format: 'emend-model/1',
    name: 'threshold',
    version: 3,
    title: 'A threshold',
    schema: 'flare23',
    channels: ['background', 'spleen'],
    network: { kind: 'foreign' },
    input: { name: 'image', axes: 'kji' },
    output: { name: 'logits', kind: 'logits' },
    preprocess: {
      orientation: 'RAS',
      grid: { kind: 'spacing', mm: [4, 4, 4] },
      intensity: { kind: 'linear', clamp: [-200, 300], offset: 0, scale: 0.01 },
    },
    inference: { kind: 'whole', multipleOf: [2, 2, 2] },
    postprocess: { largestComponent: ['spleen'] },
    provenance: { parent: null, cases: [], recipe: {}, seed: null, createdAt: '2026-01-01T00:00:00Z' },
    licence: 'none',
    attribution: 'a test',
    ...changes,
  }
}

interface ModelFiles {
  readonly network?: Uint8Array
  readonly manifest?: unknown
  /** Of the folder `coarse` in it. */
  readonly coarse?: ModelFiles
}

/** A model folder of its own under the system's temporary folder. */
export async function modelFolder(files: ModelFiles): Promise<string> {
  return writeFiles(await mkdtemp(join(tmpdir(), 'emend-model-')), files)
}

async function writeFiles(folder: string, files: ModelFiles): Promise<string> {
  await mkdir(folder, { recursive: true })
  if (files.coarse) await writeFiles(join(folder, 'coarse'), files.coarse)
  if (files.network) await writeFile(join(folder, 'network.onnx'), files.network)
  if (files.manifest !== undefined) {
    const text = typeof files.manifest === 'string' ? files.manifest : JSON.stringify(files.manifest)
    await writeFile(join(folder, 'model.json'), text)
  }
  return folder
}

/** DSC of one label. */
export function overlap(a: LabelMap, b: LabelMap, idA: number, idB: number): number {
  let [both, sum] = [0, 0]
  for (let n = 0; n < a.data.length; n++) {
    const inA = a.data[n] === idA
    const inB = b.data[n] === idB
    if (inA && inB) both++
    sum += Number(inA) + Number(inB)
  }
  return (2 * both) / sum
}
