import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { voxelCount } from '../src/main/imaging/volume'
import { withLength, type Recipe } from '../src/main/learning/recipe'
import { train } from '../src/main/learning/train'
import type { LabelledImage } from '../src/main/learning/trainingData'
import { schemaNamed } from '../src/shared/labels/builtin'
import { seededRandom } from '../src/shared/random'

/** A training to measure: `node memoryOfRun.js JSON`. */
export interface TrainingPlan {
  readonly recipe: Recipe
  readonly classes: number
  readonly threads: number
  /** That make patches ahead. */
  readonly patchThreads: number
}

const STEPS = 3

/** Trains on noise, one image no larger than a patch, and answers with the process's peak memory in MB of 2^20 bytes. */
async function measure({ recipe, classes, threads, patchThreads }: TrainingPlan): Promise<void> {
  const schema = schemaNamed('flare23')
  const structures = schema.structures.slice(0, classes - 1)
  const random = seededRandom(1)
  const { patch: dims } = recipe
  const { grid } = recipe.preprocess
  const mm = grid.kind === 'spacing' ? grid.mm : ([1, 1, 1] as const)
  const affine = [
    [mm[0], 0, 0, 0],
    [0, mm[1], 0, 0],
    [0, 0, mm[2], 0],
  ] as const
  const load = (): Promise<LabelledImage> => {
    const image = Int16Array.from({ length: voxelCount(dims) }, () => 100 * random.normal())
    const labels = Uint8Array.from(image, () => structures[random.int(structures.length)].id)
    return Promise.resolve({ image: { dims, affine, data: image }, labels: { dims, affine, data: labels } })
  }
  const out = await mkdtemp(join(tmpdir(), 'emend-memory-'))
  try {
    await train(
      {
        schema,
        cases: [{ id: 'noise', revision: null, annotated: null, load }],
        holdOut: null,
        unlabelled: recipe.semi ? [{ id: 'more-noise', load: async () => (await load()).image }] : [],
      },
      {
        recipe: withLength(recipe, { unit: 'steps', steps: STEPS }),
        seed: 1,
        out: join(out, 'model'),
        structures: structures.map(({ name }) => name),
        identity: { name: 'bench', version: 1, title: 'bench', licence: 'CC0-1.0', attribution: 'noise' },
        threads,
        patchThreads,
      },
    )
  } finally {
    await rm(out, { recursive: true })
  }
  process.stdout.write(`${(process.resourceUsage().maxRSS * 1024) / 2 ** 20}\n`)
}

await measure(JSON.parse(process.argv[2]) as TrainingPlan)
