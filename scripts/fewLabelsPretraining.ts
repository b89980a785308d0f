/**
 * Pre-trained initialisations for the experiments with few labels: each method on the patients whose labels are not looked
 * at, with the network of the tiny recipe or the student's, three seeds.
 *   node scripts/run.mjs scripts/fewLabelsPretraining.ts hippocampus|head-neck DATA OUT [--steps genesis=100,position=200,region=80]
 *     [--seeds 0,1,2] [--methods genesis,region] [--network whole|student] [--labelled N]
 * Writes OUT/init/METHOD-SEED, as `train --init` takes it. Started again it goes on where it was.
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { ImageSource } from '../src/main/learning/pretraining/images'
import { lasting, planOf, pretrainingMethods } from '../src/main/learning/pretraining/plan'
import type { CaseSource } from '../src/main/learning/trainingData'
import { fewLabels, isFewLabels } from './fewLabelsData'
import { pretrainOnce } from './pretrainOnce'
import { tinyRecipe } from './tinyRecipe'

const { values, positionals } = parseArgs({
  options: {
    steps: { type: 'string', default: 'genesis=100,position=200,region=80' },
    seeds: { type: 'string', default: '0,1,2' },
    methods: { type: 'string', default: pretrainingMethods.join() },
    threads: { type: 'string', default: '2' },
    network: { type: 'string', default: 'whole' },
    /** How many patients are labelled: 10 of hippocampus, 5 of head and neck, where it is left out. */
    labelled: { type: 'string' },
  },
  allowPositionals: true,
})
const [set, folder, out] = positionals
if (!isFewLabels(set) || !folder || !out) {
  console.error(
    'usage: node scripts/run.mjs scripts/fewLabelsPretraining.ts hippocampus|head-neck DATA OUT [--steps ...] [--seeds 0,1,2]',
  )
  process.exit(2)
}
const stepsOf = new Map(
  values.steps.split(',').map((part): [string, number] => {
    const [method, steps] = part.split('=')
    return [method, Number(steps)]
  }),
)

const data = await fewLabels[set](folder, values.labelled === undefined ? undefined : Number(values.labelled))
const recipe = tinyRecipe(set, values.network)
const imageOf = ({ id, load }: CaseSource): ImageSource => ({ id, load: async () => (await load()).image })
const images = data.unlabelled.map(imageOf)
const holdOut = data.holdOut.cases.map(imageOf)

const attribution = `${data.attribution}, ${data.licence}`

// One seed of every method before the next seed, so that a run that is stopped early still compares.
for (const seed of values.seeds.split(',').map(Number)) {
  for (const method of pretrainingMethods.filter((one) => values.methods.split(',').includes(one))) {
    const steps = stepsOf.get(method)
    if (!steps) continue
    const plan = lasting(planOf(method, recipe, 'tiny'), { unit: 'steps', steps })
    const run = { plan, images, holdOut, seed, attribution, threads: Number(values.threads) }
    await pretrainOnce(join(out, 'init', `${method}-${seed}`), run)
  }
}
