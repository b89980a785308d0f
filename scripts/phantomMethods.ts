/**
 * Methods that need ground truth of every voxel, on phantoms:
 * - lesions: 3 phantoms with lesions and 9 without, learned from with and without lesions pasted into the latter (`cutMix`),
 *   together with the four organs that have some
 * - fusion: 10 phantoms of which 2 of 7 organs each are verified, learned from as verified alone, as pseudo-labels of a model
 *   that was trained on 2 others, and as both fused
 *   node scripts/run.mjs scripts/phantomMethods.ts OUT [--arms ...] [--seeds 0,1,2] [--steps 1000] [--threads 1]
 * Started again it goes on where it was. OUT/summary.md has mean and spread over the seeds, on the 6 phantoms of resources/hold-outs/phantoms.json.
 */
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { writeFileAtomic } from '../src/main/imaging/atomicFile'
import { loadLabelMap } from '../src/main/imaging/labelFile'
import { loadNifti, saveNifti } from '../src/main/imaging/nifti'
import { fuseLabels } from '../src/main/learning/fuse'
import { parseRecipe, withLength, type Recipe } from '../src/main/learning/recipe'
import { train } from '../src/main/learning/train'
import type { CaseSource, LabelledImage } from '../src/main/learning/trainingData'
import { makePhantom } from '../src/main/phantom/phantom'
import { loadModel } from '../src/main/segmentation/model'
import { segment } from '../src/main/segmentation/segment'
import { schemaNamed } from '../src/shared/labels/builtin'
import { exists, holdOutNamed, meanAndSpread, meanOf, scoresOfRun, watched } from './experiment'
import { tinyRecipe } from './tinyRecipe'

const arms = ['without', 'cutmix', 'teacher', 'verified', 'pseudo', 'fused'] as const
type Arm = (typeof arms)[number]

const { values, positionals } = parseArgs({
  options: {
    steps: { type: 'string', default: '1000' },
    seeds: { type: 'string', default: '0,1,2' },
    arms: { type: 'string', default: arms.join() },
    threads: { type: 'string', default: '1' },
  },
  allowPositionals: true,
})
const [out] = positionals
if (!out) {
  console.error('usage: node scripts/run.mjs scripts/phantomMethods.ts OUT [--arms a,b] [--seeds 0,1,2] [--steps N]')
  process.exit(2)
}
const chosen = arms.filter((arm) => values.arms.split(',').includes(arm))
const threads = Number(values.threads)
const schema = schemaNamed('flare23')
const lesion = schema.structures.find((s) => s.kind === 'lesion')?.id
/** Fewer than the schema's, so that some hundreds of steps say something. */
const hosts = ['liver', 'right-kidney', 'left-kidney', 'pancreas']
const organs = [...hosts, 'spleen', 'stomach', 'aorta']
const VERIFIED = 2

/** Phantoms of 4 mm, in the phase that shows most lesions. */
async function phantom(seed: number, mostLesions?: number): Promise<LabelledImage> {
  const folder = join(out, 'phantoms')
  const path = (what: string): string => join(folder, `${seed}${mostLesions === 0 ? '-healthy' : ''}-${what}.nii.gz`)
  if (!(await exists(path('labels')))) {
    await mkdir(folder, { recursive: true })
    const { image, labels } = makePhantom(
      { seed, spacing: [4, 4, 4], phase: 'portal', mostLesions },
      watched(`phantom ${seed}`),
    )
    await saveNifti(path('image'), image)
    await saveNifti(path('labels'), labels)
  }
  return { image: (await loadNifti(path('image'))).volume, labels: await loadLabelMap(path('labels')) }
}

const caseOf = (
  id: string,
  load: () => Promise<LabelledImage>,
  annotated: readonly string[] | null = null,
): CaseSource => ({
  id,
  revision: null,
  annotated,
  load,
})

const FIRST = 700_000_000
/** Ten millilitres. */
const LEAST_LESION_VOXELS = 150
/** Seeds of phantoms that do have lesions, found by looking. */
async function withLesions(first: number, count: number): Promise<number[]> {
  const found: number[] = []
  for (let seed = first; found.length < count; seed++) {
    const { labels } = await phantom(seed)
    if (labels.data.filter((id) => id === lesion).length >= LEAST_LESION_VOXELS) found.push(seed)
  }
  return found
}

const ill = await withLesions(FIRST, 3)
const frozen = await holdOutNamed('phantoms')
const holdOut = {
  name: frozen.name,
  cases: frozen.cases.map((id) => caseOf(id, () => phantom(Number(id.replace('held-', ''))))),
}
const healthy = Array.from({ length: 9 }, (_, n) => FIRST + 100 + n)
const lesionCases = [
  ...ill.map((seed) => caseOf(`ill-${seed}`, () => phantom(seed))),
  ...healthy.map((seed) => caseOf(`healthy-${seed}`, () => phantom(seed, 0))),
]
const taught = [0, 1].map((n) => caseOf(`taught-${n}`, () => phantom(FIRST + 200 + n, 0)))

/** Of each of ten phantoms two organs, so that each organ is verified in two or three of them. */
const partly = Array.from({ length: 10 }, (_, n) => {
  const verified = Array.from({ length: VERIFIED }, (__, m) => organs[(VERIFIED * n + m) % organs.length])
  return { seed: FIRST + 300 + n, verified }
})

async function pseudoOf(image: LabelledImage['image'], seed: number): Promise<Uint8Array> {
  return (await segment(image, await loadModel(join(out, `teacher-${seed}`)), { threads })).labels.data
}

function casesOf(arm: Arm, seed: number): CaseSource[] {
  if (arm === 'without' || arm === 'cutmix') return lesionCases
  if (arm === 'teacher') return taught
  return partly.map(({ seed: number, verified }): CaseSource => {
    if (arm === 'verified') {
      const known = new Set(schema.structures.filter((s) => verified.includes(s.name)).map((s) => s.id))
      const load = async (): Promise<LabelledImage> => {
        const { image, labels } = await phantom(number, 0)
        return { image, labels: { ...labels, data: labels.data.map((id) => (known.has(id) ? id : 0)) } }
      }
      return caseOf(`partly-${number}`, load, verified)
    }
    const statuses = Object.fromEntries(arm === 'fused' ? verified.map((name) => [name, 'corrected' as const]) : [])
    const load = async (): Promise<LabelledImage> => {
      const { image, labels } = await phantom(number, 0)
      const pseudo = [await pseudoOf(image, seed)]
      return { image, labels: { ...labels, data: fuseLabels({ schema, verified: labels.data, statuses, pseudo }) } }
    }
    return caseOf(`partly-${number}`, load)
  })
}

const PATCH = [64, 64, 48]

function recipeOf(arm: Arm): Recipe {
  const like = withLength(tinyRecipe('abdomen', 'student'), { unit: 'steps', steps: Number(values.steps) })
  return parseRecipe(
    {
      ...like,
      name: `phantom-${arm}`,
      preprocess: { ...like.preprocess, grid: { kind: 'spacing', mm: [4, 4, 4] } },
      patch: PATCH,
      inference: { kind: 'patch', patch: PATCH, step: 0.75 },
      ...(arm === 'cutmix' && { cutMix: {} }),
      ...(arm === 'verified' && { partialLabels: 'merge-max' }),
    },
    arm,
  )
}

type Dsc = Readonly<Record<string, number>>

async function runArm(arm: Arm, seed: number): Promise<Dsc> {
  const run = join(out, `${arm}-${seed}`)
  const kept = join(run, 'dsc.json')
  if (await exists(kept)) return JSON.parse(await readFile(kept, 'utf8')) as Dsc
  const fusion = arm !== 'without' && arm !== 'cutmix'
  const evaluation = await scoresOfRun(run, holdOut, threads, async () =>
    train(
      { schema, cases: casesOf(arm, seed), holdOut },
      {
        recipe: recipeOf(arm),
        seed,
        out: run,
        structures: fusion ? organs : [...hosts, 'lesion'],
        identity: { name: `phantom-${arm}`, version: 1, title: arm, licence: 'CC0-1.0', attribution: 'phantoms' },
        resume: await exists(join(run, 'checkpoint.bin')),
        threads,
      },
      watched(`${arm} ${seed}`),
    ),
  )
  const dsc = Object.fromEntries(Object.entries(evaluation.mean).map(([name, score]) => [name, score.dsc]))
  await writeFileAtomic(kept, JSON.stringify(dsc))
  return dsc
}

const results = new Map<Arm, Dsc[]>(chosen.map((arm) => [arm, []]))
for (const seed of values.seeds.split(',').map(Number)) {
  for (const arm of chosen) results.get(arm)?.push(await runArm(arm, seed))
}
const head = ['arm', 'seeds', 'organs', 'lesions']
const rows = [...results].map(([arm, all]) => {
  const lesions = all.flatMap((dsc) => ('lesion' in dsc ? [dsc['lesion']] : []))
  const of = all.map((dsc) => meanOf(organs.flatMap((name) => (name in dsc ? [dsc[name]] : []))))
  return [arm, `${all.length}`, meanAndSpread(of), lesions.length > 0 ? meanAndSpread(lesions) : '']
})
const lines = [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`)
const summary = `DSC on ${holdOut.cases.length} phantoms, ${values.steps} steps\n\n${lines.join('\n')}\n`
await writeFileAtomic(join(out, 'summary.md'), summary)
console.log(summary)
