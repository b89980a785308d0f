/**
 * Head and neck, naturally partial labels: every way to learn from them, on the same patients, for as many steps.
 *   node scripts/run.mjs scripts/partialLabels.ts DATA OUT [--steps 2000] [--seeds 1,2,3] [--modes background,ignore,...]
 *     [--network whole|student] [--keep N]
 * --keep leaves each patient to learn from only N of the structures that were drawn, the same for all modes and seeds.
 * DATA holds images/, labels/ and cases.csv (0 where a structure was not drawn). Started again it goes on where it was:
 * finished runs are kept, an interrupted one is resumed. OUT/summary.md has mean and spread over the seeds.
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { writeFileAtomic } from '../src/main/imaging/atomicFile'
import { shuffled } from '../src/main/learning/caseOrder'
import { splitHoldOut } from '../src/main/learning/holdOut'
import { PartialLabels, withLength } from '../src/main/learning/recipe'
import { train } from '../src/main/learning/train'
import { loadModel } from '../src/main/segmentation/model'
import type { Scores } from '../src/main/segmentation/manifest'
import { seededRandom } from '../src/shared/random'
import { exists, holdOutNamed, meanAndSpread, meanOf, watched } from './experiment'
import { headNeckCases } from './fewLabelsData'
import { tinyRecipe } from './tinyRecipe'

const { values, positionals } = parseArgs({
  options: {
    steps: { type: 'string', default: '2000' },
    seeds: { type: 'string', default: '1,2,3' },
    modes: { type: 'string', default: PartialLabels.options.join() },
    threads: { type: 'string', default: '2' },
    /** The student's step has one sample, the whole network's two. */
    network: { type: 'string', default: 'whole' },
    keep: { type: 'string' },
  },
  allowPositionals: true,
})
const [folder, out] = positionals
if (!folder || !out) {
  console.error(
    'usage: node scripts/run.mjs scripts/partialLabels.ts DATA OUT [--steps N] [--seeds 1,2,3] [--modes a,b]',
  )
  process.exit(2)
}
const modes = PartialLabels.options.filter((mode) => values.modes.split(',').includes(mode))
const seeds = values.seeds.split(',').map(Number)

const dataset = await headNeckCases(folder)
const list = await holdOutNamed('head-neck')
const kept = values.keep === undefined ? Infinity : Number(values.keep)
const cases = dataset.cases.map((c) => {
  const all = c.annotated ?? []
  const annotated = list.cases.includes(c.id) ? all : shuffled(all, seededRandom(0).fork(c.id)).slice(0, kept)
  return { ...c, annotated }
})
const { training, holdOut } = splitHoldOut(cases, list)

async function scoresOfRun(mode: PartialLabels, seed: number): Promise<Scores> {
  const run = join(out, `${mode}-${seed}`)
  const finished = (await exists(join(run, 'model.json'))) ? (await loadModel(run)).manifest.scores : undefined
  if (finished) return finished.structures
  const length = { unit: 'steps', steps: Number(values.steps) } as const
  const tiny = withLength(tinyRecipe('head-neck', values.network), length)
  const recipe = { ...tiny, batch: values.network === 'student' ? 1 : tiny.batch, partialLabels: mode }
  const { manifest } = await train(
    { schema: dataset.schema, cases: training, holdOut },
    {
      recipe,
      seed,
      out: run,
      identity: { name: `head-neck-${mode}`, version: 1, title: mode, licence: 'MIT', attribution: 'OpenKBP' },
      resume: await exists(join(run, 'checkpoint.bin')),
      threads: Number(values.threads),
    },
    watched(`${mode} ${seed}`),
  )
  return manifest.scores?.structures ?? {}
}

const structures = dataset.schema.structures.map((s) => s.name)
const rows = [
  `| ${['partial labels', 'mean', ...structures].join(' | ')} |`,
  `| ${['---', '---', ...structures.map(() => '---')].join(' | ')} |`,
]
// One seed of every mode before the next seed, so that a run that is stopped early still compares.
const scores = new Map<PartialLabels, Scores[]>(modes.map((mode) => [mode, []]))
for (const seed of seeds) for (const mode of modes) scores.get(mode)?.push(await scoresOfRun(mode, seed))
for (const [mode, all] of scores) {
  const cell = (of: (one: Scores) => number): string => meanAndSpread(all.map(of))
  const dscOf = (name: string) => (one: Scores) => one[name]?.dsc ?? NaN
  const mean = cell((one) => meanOf(structures.map((name) => dscOf(name)(one))))
  rows.push(`| ${[mode, mean, ...structures.map((name) => cell(dscOf(name)))].join(' | ')} |`)
}
const summary = `DSC on ${holdOut.cases.length} patients, ${training.length} to train, ${values.steps} steps, ${values.keep ?? 'all'} of the structures drawn, seeds ${values.seeds}\n\n${rows.join('\n')}\n`
await writeFileAtomic(join(out, 'summary.md'), summary)
console.log(summary)
