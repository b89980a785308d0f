/**
 * Pre-trained initialisations for the hippocampus experiments: each method on the 150 patients whose labels are not looked
 * at, with the network of the tiny hippocampus recipe, three seeds.
 *   node scripts/run.mjs scripts/hippocampusPretraining.ts DATA OUT [--steps genesis=150,position=300,region=100] [--seeds 0,1,2] [--methods genesis,region]
 * Writes OUT/init/METHOD-SEED, as `train --init` takes it. Started again it goes on where it was.
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { progressLine } from '../src/main/cli/terminal'
import { recipeNamed } from '../src/main/learning/presets'
import type { ImageSource } from '../src/main/learning/pretraining/images'
import { isInitialisation } from '../src/main/learning/pretraining/initialisation'
import { lasting, planOf, pretrainingMethods, type PretrainingMethod } from '../src/main/learning/pretraining/plan'
import { pretrain } from '../src/main/learning/pretraining/pretrain'
import { exists } from '../src/main/learning/runFiles'
import type { CaseSource } from '../src/main/learning/trainingData'
import { hippocampusSplit } from './hippocampusSplit'

const { values, positionals } = parseArgs({
  options: {
    steps: { type: 'string', default: 'genesis=150,position=300,region=100' },
    seeds: { type: 'string', default: '0,1,2' },
    methods: { type: 'string', default: pretrainingMethods.join() },
    threads: { type: 'string', default: '2' },
  },
  allowPositionals: true,
})
const [folder, out] = positionals
if (!folder || !out) {
  console.error('usage: node scripts/run.mjs scripts/hippocampusPretraining.ts DATA OUT [--steps ...] [--seeds 0,1,2]')
  process.exit(2)
}
const stepsOf = new Map(
  values.steps.split(',').map((part): [string, number] => {
    const [method, steps] = part.split('=')
    return [method, Number(steps)]
  }),
)

const split = await hippocampusSplit(folder)
const imageOf = ({ id, load }: CaseSource): ImageSource => ({ id, load: async () => (await load()).image })
const images = split.unlabelled.map(imageOf)
const holdOut = split.holdOut.cases.map(imageOf)

async function run(method: PretrainingMethod, seed: number, steps: number): Promise<void> {
  const target = join(out, 'init', `${method}-${seed}`)
  if (await isInitialisation(target)) return
  let shown = 0
  const result = await pretrain(
    images,
    {
      plan: lasting(planOf(method, recipeNamed('hippocampus', 'tiny'), 'tiny'), { unit: 'steps', steps }),
      seed,
      out: target,
      attribution: 'Medical Segmentation Decathlon, Task04, CC BY-SA 4.0',
      holdOut,
      resume: await exists(join(target, 'checkpoint.bin')),
      threads: Number(values.threads),
    },
    {
      signal: new AbortController().signal,
      report: (progress) => {
        if (performance.now() - shown < 15_000) return
        shown = performance.now()
        console.error(`${method} ${seed}: ${progressLine(progress)}`)
      },
    },
  )
  console.log(`${method} ${seed}: ${result.steps} steps, ${(result.seconds / 60).toFixed(1)} min, loss ${result.loss}`)
}

// One seed of every method before the next seed, so that a run that is stopped early still compares.
for (const seed of values.seeds.split(',').map(Number)) {
  for (const method of pretrainingMethods.filter((one) => values.methods.split(',').includes(one))) {
    const steps = stepsOf.get(method)
    if (steps) await run(method, seed, steps)
  }
}
