/**
 * Few labels: every method on the same few labelled cases, many without labels and those that are held out
 * (`fewLabelsData.ts`), for as many steps.
 *   node scripts/run.mjs scripts/fewLabels.ts hippocampus|head-neck DATA OUT [--arms scratch,mean-teacher,...] [--seeds 0,1,2]
 *     [--steps 200] [--network whole|student] [--labelled N]
 * Arms that start from a pre-trained network read it from OUT/init/METHOD-SEED (`fewLabelsPretraining.ts`), a folder as
 * `emend train --init` takes it, with the network that its paper trains on, and are left out where it is not there;
 * `position-scratch` and `region-scratch` are those networks without what was learned before. Started again it goes on where
 * it was: finished runs are kept, an interrupted one is resumed. OUT/summary.md has mean and spread over the seeds, what
 * each arm gains, and what a pre-trained one gains over its own network from scratch.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { writeFileAtomic } from '../src/main/imaging/atomicFile'
import { readDataset } from '../src/main/learning/dataset'
import { compareWithTeachers } from '../src/main/learning/distill'
import { bootstrapMean } from '../src/main/learning/metrics/bootstrap'
import { defaultSemi, parseRecipe, withLength, type Recipe } from '../src/main/learning/recipe'
import { makePseudoLabels } from '../src/main/learning/pseudoLabels/makePseudoLabels'
import { train } from '../src/main/learning/train'
import { besidePseudo, type CaseSource } from '../src/main/learning/trainingData'
import { loadModel } from '../src/main/segmentation/model'
import { exists, meanAndSpread, meanOf, scoresOfRun, watched } from './experiment'
import { fewLabels, isFewLabels } from './fewLabelsData'

const pretrained = ['genesis', 'position', 'region'] as const
/** The networks of two pre-trainings without their weights: what the network alone gains. */
const controls = { 'position-scratch': 'position', 'region-scratch': 'region' } as const
const arms = [
  'scratch',
  ...pretrained,
  ...(Object.keys(controls) as (keyof typeof controls)[]),
  'mean-teacher',
  'self-training',
  'stack',
  'distilled',
  'full',
] as const
type Arm = (typeof arms)[number]

const { values, positionals } = parseArgs({
  options: {
    steps: { type: 'string', default: '200' },
    seeds: { type: 'string', default: '0,1,2' },
    arms: { type: 'string', default: arms.join() },
    threads: { type: 'string', default: '1' },
    /** What `stack` starts from; its pseudo-labels are the mean teacher's. */
    'stack-init': { type: 'string', default: 'genesis' },
    network: { type: 'string', default: 'whole' },
    /** How many patients are labelled: 10 of hippocampus, 5 of head and neck, where it is left out. */
    labelled: { type: 'string' },
  },
  allowPositionals: true,
})
const [set, folder, out] = positionals
if (!isFewLabels(set) || !folder || !out) {
  console.error(
    'usage: node scripts/run.mjs scripts/fewLabels.ts hippocampus|head-neck DATA OUT [--arms a,b] [--seeds 0,1,2] [--steps N]',
  )
  process.exit(2)
}
const chosen = arms.filter((arm) => values.arms.split(',').includes(arm))
const seeds = values.seeds.split(',').map(Number)

const { schema, labelled, unlabelled, holdOut, ...data } = await fewLabels[set](
  folder,
  values.labelled === undefined ? undefined : Number(values.labelled),
)
const structures = schema.structures.map(({ name }) => name)

const recipe: Recipe = {
  ...withLength(data.recipeBy(values.network), { unit: 'steps', steps: Number(values.steps) }),
  name: `${set}-few-labels`,
}

/** The same with the network that what was pre-trained is trained on in. */
async function fineTuning(init: string): Promise<Recipe> {
  const path = join(init, 'recipe.json')
  const { network } = parseRecipe(JSON.parse(await readFile(path, 'utf8')), path)
  return { ...recipe, network }
}

/** An arm's own. @param like what was pre-trained, whose network it has */
async function recipeOf(arm: Arm, like: string | undefined): Promise<Recipe> {
  if (arm === 'distilled') return studentRecipe
  if (arm === 'mean-teacher') return { ...recipe, semi: defaultSemi }
  return like ? fineTuning(like) : recipe
}

/** The fast student: everything after the first convolution runs at half resolution. */
const studentRecipe: Recipe = {
  ...recipe,
  name: `${set}-student`,
  network: { kind: 'unet', base: 12, maxChannels: 320, levels: 3, stemStride: 2 },
  partialLabels: 'ignore',
  distillation: { temperature: [1, 4], softWeight: 1 },
  length: { unit: 'steps', steps: 3 * Number(values.steps) },
}

const isControl = (arm: Arm): arm is keyof typeof controls => Object.hasOwn(controls, arm)

/** Which pre-training an arm begins with, or has the network of. */
function pretrainingOf(arm: Arm): string | undefined {
  if (isControl(arm)) return controls[arm]
  return arm === 'stack' ? values['stack-init'] : pretrained.find((method) => method === arm)
}

/** Whose pseudo-labels, or probabilities, an arm learns from: the model of the same seed. */
const teacherOf: Partial<Record<Arm, Arm>> = { 'self-training': 'scratch', stack: 'mean-teacher', distilled: 'scratch' }

/** DSC of every held-out case, by structure that was drawn in it. */
type CaseDsc = Readonly<Record<string, Readonly<Record<string, number>>>>

/** The cases without labels that an arm's model of the same seed is surest of, with what it says of them. */
async function pseudoLabelled(teacher: Arm, seed: number): Promise<readonly CaseSource[]> {
  const folder = join(out, `pseudo-${teacher}-${seed}`)
  const images = unlabelled.map(({ id, load }) => ({
    id,
    load: async () => ({ image: (await load()).image, verified: null }),
  }))
  await makePseudoLabels(
    images,
    [await loadModel(join(out, `${teacher}-${seed}`))],
    schema,
    { out: folder, ...data.pseudo, threads: Number(values.threads) },
    watched(`pseudo-labels by ${teacher} ${seed}`),
  )
  return (await readDataset(folder)).cases
}

async function runArm(arm: Arm, seed: number): Promise<CaseDsc | null> {
  const run = join(out, `${arm}-${seed}`)
  const kept = join(run, 'cases.json')
  if (await exists(kept)) return JSON.parse(await readFile(kept, 'utf8')) as CaseDsc
  const method = pretrainingOf(arm)
  const like = method ? join(out, 'init', `${method}-${seed}`) : undefined
  if (like && !(await exists(join(like, 'initialisation.json')))) {
    console.error(`${arm} ${seed}: left out, there is no ${like}`)
    return null
  }
  const teacher = teacherOf[arm] ?? null
  if (teacher && !(await exists(join(out, `${teacher}-${seed}`, 'cases.json')))) {
    console.error(`${arm} ${seed}: left out, its teacher ${teacher} ${seed} has not been trained`)
    return null
  }
  const evaluation = await scoresOfRun(run, holdOut, Number(values.threads), async () =>
    train(
      {
        schema,
        cases:
          arm === 'full'
            ? [...labelled, ...unlabelled]
            : teacher && arm !== 'distilled'
              ? besidePseudo(labelled, await pseudoLabelled(teacher, seed))
              : labelled,
        holdOut,
        unlabelled: unlabelled.map(({ id, load }) => ({ id, load: async () => (await load()).image })),
      },
      {
        recipe: await recipeOf(arm, like),
        teachers: arm === 'distilled' ? [await loadModel(join(out, `${teacher}-${seed}`))] : undefined,
        seed,
        out: run,
        init: isControl(arm) ? undefined : like,
        identity: {
          name: `${set}-${arm}`,
          version: 1,
          title: arm,
          licence: data.licence,
          attribution: data.attribution,
        },
        resume: await exists(join(run, 'checkpoint.bin')),
        threads: Number(values.threads),
      },
      watched(`${arm} ${seed}`),
    ),
  )
  const cases: CaseDsc = Object.fromEntries(
    Object.entries(evaluation.cases).map(([id, scores]) => [
      id,
      Object.fromEntries(Object.entries(scores).map(([name, { dsc }]) => [name, dsc])),
    ]),
  )
  if (arm === 'distilled' && teacher) {
    const models = [run, join(out, `${teacher}-${seed}`)].map((path) => loadModel(path))
    const [student, ...teachers] = await Promise.all(models)
    const report = await compareWithTeachers(student, teachers, holdOut.cases, { threads: Number(values.threads) })
    await writeFileAtomic(join(run, 'distillation.json'), JSON.stringify(report, null, 2))
  }
  await writeFileAtomic(kept, JSON.stringify(cases))
  return cases
}

/** Of a case: the mean over what was drawn in it. */
const dscOf = (scores: Readonly<Record<string, number>>): number => meanOf(Object.values(scores))

/** Of every case the mean over the seeds that both arms have, one less the other. */
function gains(arm: ReadonlyMap<number, CaseDsc>, base: ReadonlyMap<number, CaseDsc>): number[] {
  const both = [...arm.keys()].filter((seed) => base.has(seed))
  const ids = both.length > 0 ? holdOut.cases.map((c) => c.id) : []
  return ids.map((id) => meanOf(both.map((seed) => dscOf(arm.get(seed)![id]) - dscOf(base.get(seed)![id]))))
}

type Results = ReadonlyMap<Arm, ReadonlyMap<number, CaseDsc>>

/** What an arm gains over another, with its interval; nothing where they have no seed in common. */
function gainCell(results: Results, arm: Arm, over: Arm): string {
  const [ours, theirs] = [results.get(arm), results.get(over)]
  const gain = ours && theirs && arm !== over ? gains(ours, theirs) : []
  if (gain.length === 0) return ''
  const { mean, low, high } = bootstrapMean(gain)
  return `${mean.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`
}

/** The arm with the same network and nothing learned before; scratch itself for what keeps its network. */
function ownNetwork(arm: Arm): Arm | undefined {
  const control = (Object.keys(controls) as (keyof typeof controls)[]).find((name) => controls[name] === arm)
  return control ?? (pretrained.some((method) => method === arm) ? 'scratch' : undefined)
}

async function writeSummary(results: Results): Promise<string> {
  const ownTitle = 'gain over its own network from scratch (95 %)'
  const head = ['arm', 'seeds', 'mean DSC', ...structures, 'gain over scratch (95 %)', ownTitle]
  const rows = [head, head.map(() => '---')]
  for (const [arm, bySeed] of results) {
    if (bySeed.size === 0) continue
    const cell = (of: (scores: Readonly<Record<string, number>>) => number | undefined): string => {
      const means = [...bySeed.values()].map((cases) => meanOf(Object.values(cases).flatMap((one) => of(one) ?? [])))
      return meanAndSpread(means)
    }
    const own = ownNetwork(arm)
    rows.push([
      arm,
      [...bySeed.keys()].join(' '),
      cell(dscOf),
      ...structures.map((s) => cell((c) => c[s])),
      gainCell(results, arm, 'scratch'),
      own ? gainCell(results, arm, own) : '',
    ])
  }
  const title = `DSC on ${holdOut.cases.length} cases, ${labelled.length} labelled, ${unlabelled.length} without labels, ${values.steps} steps`
  const summary = `${title}\n\n${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}\n`
  await writeFileAtomic(join(out, 'summary.md'), summary)
  return summary
}

// One seed of every arm before the next seed, so that a run that is stopped early still compares.
const results = new Map<Arm, Map<number, CaseDsc>>(chosen.map((arm) => [arm, new Map()]))
for (const seed of seeds) {
  for (const arm of chosen) {
    const cases = await runArm(arm, seed)
    if (cases) results.get(arm)?.set(seed, cases)
    await writeSummary(results)
  }
}
console.log(await writeSummary(results))
