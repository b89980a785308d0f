/**
 * The abdominal student by all that the papers do, from an ensemble to a network that is smaller than any of it:
 *   node scripts/run.mjs scripts/abdomenStudent.ts DATA OUT [--steps 1500,1000,1000] [--from MODEL] [--seed 1] [--threads N]
 *
 * 1. `apprentice`: the student's network from scratch on what the foreign teacher says of two CTs, TotalSegmentator's labels
 *    of its example, and phantoms.
 * 2. `student`: teacher and apprentice label the two CTs together; voxels that they are not sure of get no label, and are
 *    distilled from their probabilities instead, at a temperature from 1 to 4.
 * 3. `fused`: the same with a third CT, on which what the ensemble says is fused with the planner's contours.
 *
 * With --from (a model's folder) that model is in the first two's place, and only the last one is trained, on from it.
 *
 * hcc-009-portal (resources/hold-outs/abdomen.json) is never trained on; pancreas-ct-cb-001, whose contours were drawn by hand, not before the last stage.
 * Started again it goes on where it was. OUT/summary.md has each stage beside the teacher and the model that Emend comes with.
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { BACKGROUND, NOT_ANNOTATED, structureNamed } from '../src/shared/labels/schema'
import { writeFileAtomic } from '../src/main/imaging/atomicFile'
import type { LabelMap, Volume } from '../src/main/imaging/volume'
import { readDataset } from '../src/main/learning/dataset'
import { evaluateCase } from '../src/main/learning/metrics/evaluateCase'
import { recipeNamed } from '../src/main/learning/presets'
import { defaultCleaning } from '../src/main/learning/pseudoLabels/clean'
import { makePseudoLabels } from '../src/main/learning/pseudoLabels/makePseudoLabels'
import { defaultDistillation, forStudent, withLength, type Recipe } from '../src/main/learning/recipe'
import { train } from '../src/main/learning/train'
import type { CaseSource } from '../src/main/learning/trainingData'
import { loadModel, type Model } from '../src/main/segmentation/model'
import { segment } from '../src/main/segmentation/segment'
import {
  abdomenPhantom,
  abdomenSchema,
  ctNamed,
  plannersContours,
  slicesOf,
  totalSegmentatorExample,
} from './abdomenCases'
import { defaultOrgans } from './defaultModelOrgans'
import { exists, holdOutNamed, meanOf, watched } from './experiment'

const { values, positionals } = parseArgs({
  options: {
    steps: { type: 'string', default: '1500,1000,1000' },
    from: { type: 'string' },
    seed: { type: 'string', default: '1' },
    threads: { type: 'string', default: '2' },
  },
  allowPositionals: true,
})
const [data, out] = positionals
if (!data || !out) {
  console.error(
    'usage: node scripts/run.mjs scripts/abdomenStudent.ts DATA OUT [--steps 1500,1000,1000] [--from MODEL] [--seed 1]',
  )
  process.exit(2)
}
const [seed, threads] = [Number(values.seed), Number(values.threads)]
const lengths = values.steps.split(',').map(Number)
const lastSteps = lengths[lengths.length - 1]

const taught = ['hcc-007-late-phase', 'cptac-pda-c3l-00189']
const planned = 'pancreas-ct-cb-001'
const [unseen] = (await holdOutNamed('abdomen')).cases
const PHANTOMS = 16
const [stomach, duodenum] = ['stomach', 'duodenum'].map((name) => structureNamed(abdomenSchema, name).id)
const isDrawn = (id: number): boolean => id === stomach || id === duodenum

const teacher = await loadModel(join(data, 'teachers', 'abdomen9-obelisk'))
const base = recipeNamed('abdomen', 'tiny')
const recipe: Recipe = { ...base, name: 'abdomen-student', averageDecay: 0.995, foregroundShare: 0.5 }

/** A real CT is seen as often as so many phantoms. */
const REAL_WEIGHT = 8

/** Every image is read, or made, once. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null
  return () => (made ??= make())
}

const ctOf = Object.fromEntries([...taught, planned, unseen].map((name) => [name, once(() => ctNamed(data, name))]))

const contours = once(() => plannersContours(data))

/** Cases whose labels are known without a teacher. The table of TotalSegmentator's classes has no esophagus. */
const known: CaseSource[] = [
  {
    id: 'totalsegmentator-example',
    revision: null,
    annotated: defaultOrgans.filter((name) => name !== 'esophagus'),
    weight: REAL_WEIGHT,
    load: once(() => totalSegmentatorExample(data)),
  },
  ...Array.from({ length: PHANTOMS }, (_, n): CaseSource => {
    const load = once(() => Promise.resolve(abdomenPhantom(n + 1)))
    return { id: `phantom-${n + 1}`, revision: null, annotated: defaultOrgans, weight: 1, load }
  }),
]

/** What models say together of CTs, as cases: sure voxels are labels, the others are not annotated. */
async function pseudoLabelled(
  stage: string,
  models: readonly Model[],
  names: readonly string[],
): Promise<CaseSource[]> {
  const folder = join(out, `pseudo-${stage}`)
  await makePseudoLabels(
    names.map((id) => ({ id, load: async () => ({ image: await ctOf[id](), verified: null }) })),
    models,
    abdomenSchema,
    { out: folder, reject: 0.6, leastSure: 0.7, cleaning: defaultCleaning, threads },
    watched(`pseudo-labels for ${stage}`),
  )
  return (await readDataset(folder)).cases.map((one) => ({ ...one, weight: REAL_WEIGHT }))
}

/**
 * The planner's contours over what models say: within the slices that were drawn, stomach and duodenum are nowhere else,
 * and what models call something else inside is one of the two, nobody knows which.
 */
function withContours(labels: LabelMap, drawn: LabelMap): LabelMap {
  const [low, high] = slicesOf(drawn)
  const size = labels.dims[0] * labels.dims[1]
  const fused = (id: number, at: number): number => {
    if (at < low * size || at >= (high + 1) * size) return id
    if (drawn.data[at]) return isDrawn(id) ? id : NOT_ANNOTATED
    return isDrawn(id) ? BACKGROUND : id
  }
  return { ...labels, data: labels.data.map(fused) }
}

/** Trains a stage unless it was before. */
async function stage(
  name: string,
  steps: number,
  learned: {
    readonly cases: readonly CaseSource[]
    readonly teachers?: readonly Model[]
    readonly init?: string
    readonly version?: number
  },
): Promise<Model> {
  const folder = join(out, name)
  if (!(await exists(join(folder, 'model.json')))) {
    const own = withLength(recipe, { unit: 'steps', steps })
    const rate = { ...own.optimizer, learningRate: learned.init ? 0.001 : 0.002 }
    const paced: Recipe = { ...own, optimizer: rate }
    await train(
      { schema: abdomenSchema, cases: [...learned.cases, ...known], holdOut: null },
      {
        recipe: learned.teachers ? forStudent(paced, defaultDistillation) : paced,
        seed,
        out: folder,
        structures: defaultOrgans,
        init: learned.init,
        teachers: learned.teachers,
        resume: await exists(join(folder, 'checkpoint.bin')),
        threads,
        identity: {
          name: 'abdomen-student',
          version: learned.version ?? 1,
          title: 'Abdomen, nine organs',
          licence: 'Apache-2.0',
          attribution: 'The Emend founders; see card.md for the data and the teachers',
        },
      },
      watched(name),
    )
  }
  return loadModel(folder)
}

/** DSC against the teacher on the CT that nobody saw, by organ, and against the planner's contours within their slices. */
interface Agreement {
  readonly organs: Readonly<Record<string, number>>
  readonly contours: number
}

const says = async (image: Volume, model: Model): Promise<LabelMap> => (await segment(image, model, { threads })).labels

async function agreementOf(
  model: Model,
  { reference, drawn }: Record<'reference' | 'drawn', LabelMap>,
): Promise<Agreement> {
  const theirs = await says(await ctOf[unseen](), model)
  const { scores } = evaluateCase(reference, theirs, abdomenSchema, { name: unseen, annotated: defaultOrgans })
  const [low, high] = slicesOf(drawn)
  const size = drawn.dims[0] * drawn.dims[1]
  const ours = await says(await ctOf[planned](), model)
  let [both, sum] = [0, 0]
  for (let at = low * size; at < (high + 1) * size; at++) {
    const [a, b] = [isDrawn(ours.data[at]), drawn.data[at] === 1]
    if (a && b) both++
    sum += Number(a) + Number(b)
  }
  return {
    organs: Object.fromEntries(defaultOrgans.map((name) => [name, scores[name].dsc])),
    contours: (2 * both) / sum,
  }
}

/** The model that the last stage goes on from, what labels the two CTs for it, and the stages before it. */
interface Start {
  readonly student: Model
  readonly ensemble: readonly Model[]
  readonly stages: Readonly<Record<string, Model>>
}

async function startFrom(folder: string): Promise<Start> {
  const student = await loadModel(folder)
  return { student, ensemble: [teacher, student], stages: {} }
}

async function startFromScratch(): Promise<Start> {
  const apprentice = await stage('apprentice', lengths[0], {
    cases: await pseudoLabelled('apprentice', [teacher], taught),
  })
  const ensemble = [teacher, apprentice]
  const student = await stage('student', lengths[1], {
    cases: await pseudoLabelled('student', ensemble, taught),
    teachers: ensemble,
    init: apprentice.folder,
  })
  return { student, ensemble, stages: { apprentice, student } }
}

const { student, ensemble, stages } = values.from ? await startFrom(values.from) : await startFromScratch()
const [plannedCase] = await pseudoLabelled('fused', [teacher, student], [planned])
const contoured: CaseSource = {
  ...plannedCase,
  load: async () => {
    const { image, labels } = await plannedCase.load()
    return { image, labels: withContours(labels, await contours()) }
  },
}
const fused = await stage('fused', lastSteps, {
  cases: [...(await pseudoLabelled('student', ensemble, taught)), contoured],
  teachers: [teacher, student],
  init: student.folder,
  version: values.from ? student.manifest.version + 1 : undefined,
})

const truth = { reference: await says(await ctOf[unseen](), teacher), drawn: await contours() }
const shipped = await loadModel(join(import.meta.dirname, '..', 'models', 'abdomen-student'))
const rows = [['model', 'mean of nine', ...defaultOrgans, 'contours']]
const models = { 'the model that Emend comes with': shipped, ...stages, fused, teacher }
for (const [name, model] of Object.entries(models)) {
  const { organs, contours: drawn } = await agreementOf(model, truth)
  const dsc = defaultOrgans.map((organ) => organs[organ])
  rows.push([name, ...[meanOf(dsc), ...dsc, drawn].map((value) => value.toFixed(3))])
}
const table = [rows[0], rows[0].map(() => '---'), ...rows.slice(1)].map((row) => `| ${row.join(' | ')} |`).join('\n')
const summary = `DSC against the teacher on ${unseen}, and against the contours on ${planned}; ${values.from ? lastSteps : values.steps} steps, seed ${seed}${values.from ? `, from ${values.from}` : ''}\n\n${table}\n`
await writeFileAtomic(join(out, 'summary.md'), summary)
console.log(summary)
