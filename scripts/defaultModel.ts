/**
 * Trains the default model on the data set that scripts/defaultModelData.ts built:
 *   node scripts/run.mjs scripts/defaultModel.ts DATASET OUT STEPS [--init DIR] [--resume]
 * A real CT is seen as often as eight phantoms. OUT becomes a model folder, scored on the CT that was held out.
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { oneLine } from '../src/shared/errors'
import type { Work } from '../src/shared/progress'
import { readDataset } from '../src/main/learning/dataset'
import { splitHoldOut } from '../src/main/learning/holdOut'
import { recipeNamed } from '../src/main/learning/presets'
import { withLength, type Recipe } from '../src/main/learning/recipe'
import { train } from '../src/main/learning/train'
import type { CaseSource } from '../src/main/learning/trainingData'
import { defaultOrgans } from './defaultModelOrgans'
import { holdOutNamed } from './experiment'

const { values, positionals } = parseArgs({
  options: { init: { type: 'string' }, resume: { type: 'boolean' }, rate: { type: 'string', default: '0.002' } },
  allowPositionals: true,
})
const [folder, out, steps] = positionals
if (!folder || !out || !(Number(steps) > 0)) {
  console.error(
    'usage: node scripts/run.mjs scripts/defaultModel.ts DATASET OUT STEPS [--init DIR] [--rate R] [--resume]',
  )
  process.exit(2)
}

const base = recipeNamed('abdomen', 'tiny')
const recipe: Recipe = {
  ...withLength(base, { unit: 'steps', steps: Number(steps) }),
  name: 'abdomen-default',
  optimizer: { ...base.optimizer, learningRate: Number(values.rate) },
  averageDecay: 0.995,
  foregroundShare: 0.5,
}

const data = await readDataset(folder)
const heldOut = await readDataset(join(folder, 'held-out'))
const weighted = data.cases.map((c): CaseSource => ({ ...c, weight: c.id.startsWith('phantom') ? 1 : 8 }))
const work: Work = {
  signal: new AbortController().signal,
  report: ({ phase, done, total, secondsLeft, figures }) => {
    if (phase === 'training' && done % 50 !== 0) return
    const left = secondsLeft === undefined ? '' : `, ${Math.round(secondsLeft / 60)} min left`
    console.error(
      `${new Date().toISOString().slice(11, 19)} ${phase} ${done}/${total}${left} ${JSON.stringify(figures ?? {})}`,
    )
  },
}
try {
  const result = await train(
    {
      schema: data.schema,
      cases: weighted,
      holdOut: splitHoldOut(heldOut.cases, await holdOutNamed('abdomen')).holdOut,
    },
    {
      recipe,
      seed: 1,
      out,
      structures: defaultOrgans,
      init: values.init,
      resume: values.resume,
      identity: {
        name: 'abdomen-student',
        version: 1,
        title: 'Abdomen, nine organs',
        licence: 'Apache-2.0',
        attribution: 'The Emend founders; see card.md for the data and the teacher',
      },
    },
    work,
  )
  console.log(JSON.stringify(result.evaluation?.mean, null, 1))
} catch (error) {
  console.error(oneLine(error))
  process.exitCode = 1
}
