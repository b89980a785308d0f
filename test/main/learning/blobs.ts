import { affineOf } from '../../../src/shared/geometry/affine'
import { schemaNamed } from '../../../src/shared/labels/builtin'
import { seededRandom } from '../../../src/shared/random'
import { parseRecipe, type Recipe } from '../../../src/main/learning/recipe'
import { recipeNamed } from '../../../src/main/learning/presets'
import type { CaseSource, LabelledImage, TrainingData } from '../../../src/main/learning/trainingData'

/** Two bright balls of different brightness in noise, labelled as the two parts of the hippocampus. */
export function blobs(seed: number, size = 14): LabelledImage {
  const random = seededRandom(seed)
  const dims = [size, size, size] as const
  const affine = affineOf([1, 0, 0], [0, 1, 0], [0, 0, 1], [-7, -7, -7])
  const labels = new Uint8Array(size ** 3)
  const image = Float32Array.from({ length: size ** 3 }, () => 100 + 15 * random.normal())
  for (const id of [1, 2]) {
    const radius = 2.4 + 1.2 * random.next()
    const centre = [0, 1, 2].map((axis) => (axis === 0 ? (id === 1 ? 0.28 : 0.72) : 0.35 + 0.3 * random.next()) * size)
    for (let at = 0; at < labels.length; at++) {
      const voxel = [at % size, Math.floor(at / size) % size, Math.floor(at / size ** 2)]
      if (Math.hypot(...voxel.map((v, axis) => v - centre[axis])) > radius) continue
      if (labels[at] === 0) image[at] += id === 1 ? 60 : 110
      labels[at] = id
    }
  }
  return { image: { dims, affine, data: image }, labels: { dims, affine, data: labels } }
}

export function blobCase(seed: number, changes: Partial<CaseSource> = {}): CaseSource {
  const load = () => Promise.resolve(blobs(seed))
  return { id: `blobs-${seed}`, revision: null, annotated: null, load, ...changes }
}

export const schema = schemaNamed('hippocampus')

export const blobData: TrainingData = {
  schema,
  cases: [1, 2, 3, 4, 5, 6].map((seed) => blobCase(seed)),
  holdOut: { name: 'blobs', cases: [101, 102, 103].map((seed) => blobCase(seed)) },
}

/** A recipe that learns the blobs in seconds. */
export function blobRecipe(steps: number, changes: Partial<Recipe> = {}): Recipe {
  const recipe = recipeNamed('hippocampus', 'tiny')
  return parseRecipe(
    {
      ...recipe,
      name: 'blobs',
      network: { kind: 'unet', base: 8, maxChannels: 32, levels: 3, stemStride: 1 },
      patch: [16, 16, 16],
      inference: { kind: 'patch', patch: [16, 16, 16], step: 0.5 },
      length: { unit: 'steps', steps },
      optimizer: { ...recipe.optimizer, learningRate: 1e-2, warmupSteps: 5 },
      averageDecay: 0.8,
      ...changes,
    },
    'blobs',
  )
}
