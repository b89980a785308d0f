import { spawnSync } from 'node:child_process'
import { cpus } from 'node:os'
import { join } from 'node:path'
import type { Vec3 } from '../src/shared/geometry/affine'
import { runBytes } from '../src/main/learning/memory'
import { recipeNamed } from '../src/main/learning/presets'
import { defaultSemi, parseRecipe, type Recipe } from '../src/main/learning/recipe'
import { networks } from '../src/main/networks/presets'
import type { TrainingPlan } from './memoryOfRun'
import { buildPrograms } from './program'
import type { BenchRow } from './row'

const hippocampus = recipeNamed('hippocampus', 'tiny')
const plain = (base: number): Recipe['network'] => ({ kind: 'unet', base, maxChannels: 320, levels: 4, stemStride: 1 })

/** The tiny abdomen's recipe with another network and patch. */
function by(network: unknown, patch: Vec3): Recipe {
  const like = recipeNamed('abdomen', 'tiny')
  return parseRecipe({ ...like, network, patch, inference: { ...like.inference, patch } }, 'bench')
}

/** What is trained: its name, how, with how many classes, and with how many threads that make patches ahead. */
const runs: readonly (readonly [name: string, recipe: Recipe, classes: number, patchThreads?: number])[] = [
  ['U-Net, base 12, 4 levels', hippocampus, 3],
  ['U-Net, base 12, 4 levels', recipeNamed('head-neck', 'tiny'), 8],
  ['U-Net, base 16, 4 levels', by(plain(16), [64, 64, 64]), 15],
  ['U-Net, base 8, 4 levels', by(plain(8), [96, 96, 96]), 15],
  ['student tiny', recipeNamed('abdomen', 'tiny'), 15],
  ['student of the LAPN paper', by(networks.student.paper, [96, 96, 96]), 15],
  ['Inception tiny', by(networks.inception.tiny, [96, 96, 48]), 15],
  ['two stems, tiny', by(networks['two-stem'].tiny, [96, 96, 48]), 15],
  ['U-Net, base 12, with a mean teacher', { ...hippocampus, semi: defaultSemi }, 3],
  ['the same, three threads ahead', { ...hippocampus, semi: defaultSemi }, 3, 3],
]

const MEBIBYTE = 2 ** 20

/** The peak of a process that trains three steps, beside what is predicted before it starts; a ratio above 1 is too low a prediction. */
export async function run(): Promise<BenchRow[]> {
  const program = join(
    await buildPrograms(['bench/memoryOfRun.ts', 'src/main/learning/patch.thread.ts']),
    'memoryOfRun.js',
  )
  return runs.map(([name, recipe, classes, patchThreads = 0]) => {
    const plan: TrainingPlan = { recipe, classes, threads: 2, patchThreads }
    const { stdout, stderr, status } = spawnSync(process.execPath, [program, JSON.stringify(plan)], {
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(`${name}: ${stderr}`)
    const config = { ...recipe.network, inputChannels: 1, outputChannels: classes }
    const [value, peerValue] = [Number(stdout), runBytes(config, recipe, undefined, patchThreads) / MEBIBYTE]
    return {
      name: `memory of training, ${name}, ${classes} classes, ${recipe.patch.join('x')} (${recipe.batch})`,
      value,
      unit: 'MB',
      peer: 'predicted',
      peerValue,
      ratio: value / peerValue,
      machine: `${cpus()[0]?.model ?? 'unknown'}, 2 threads`,
    }
  })
}
