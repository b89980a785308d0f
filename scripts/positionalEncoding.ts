/**
 * The anatomical positional encoding by itself: how far, in mm, the match of a landmark of one patient lies from the same
 * landmark in another, both held out. Beside it: chance (the mean over all voxels but air), the same place of the image, the most
 * correlated surroundings (cubes of raw intensities), and encoders that were not trained.
 *   node scripts/run.mjs scripts/positionalEncoding.ts hippocampus|head-neck|abdomen DATA OUT [--steps 200] [--seeds 0,1,2] [--pairs 1] [--cut 10]
 *     [--network whole|student] [--views 64,64,48]
 * Each held-out patient is compared with the next --pairs ones. Images that come cut about the organ tell by themselves where
 * everything is; so each loses up to --cut voxels at every side, at random, but no landmark. Encoders are taken from
 * OUT/init/position-SEED, or trained there: the tiny recipe's network (`whole`) or the experiments' fast one, on views of half
 * the recipe's patch or of --views voxels. Started again it goes on where it was; OUT/position-cut-10.md has the table.
 */
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { writeFileAtomic } from '../src/main/imaging/atomicFile'
import { readInitialisation } from '../src/main/learning/pretraining/initialisation'
import { codeAt, mostAlike, openEncoder, Surroundings } from '../src/main/learning/pretraining/matching'
import { lasting, planOf, sized } from '../src/main/learning/pretraining/plan'
import { initialParameters } from '../src/main/networks/network'
import type { Vec3 } from '../src/shared/geometry/affine'
import { seededRandom } from '../src/shared/random'
import { cutAtRandom, positionData, type Patient } from './positionData'
import { pretrainOnce } from './pretrainOnce'
import { tinyRecipe } from './tinyRecipe'

const { values, positionals } = parseArgs({
  options: {
    steps: { type: 'string', default: '200' },
    seeds: { type: 'string', default: '0,1,2' },
    pairs: { type: 'string', default: '1' },
    cut: { type: 'string', default: '10' },
    threads: { type: 'string', default: '2' },
    network: { type: 'string', default: 'whole' },
    views: { type: 'string' },
  },
  allowPositionals: true,
})
const [set, folder, out] = positionals
const isSet = (name: string): name is keyof typeof positionData => Object.hasOwn(positionData, name)
if (!set || !isSet(set) || !folder || !out) {
  console.error(
    'usage: node scripts/run.mjs scripts/positionalEncoding.ts hippocampus|head-neck|abdomen DATA OUT [--steps N] [--seeds 0,1,2] [--pairs N] [--cut N] [--network whole|student] [--views I,J,K]',
  )
  process.exit(2)
}
const seeds = values.seeds.split(',').map(Number)
const threads = Number(values.threads)
/** Half the side of the cube of raw intensities, voxels. */
const RADIUS = 4

const data = await positionData[set](folder)
const [vi, vj, vk] = values.views?.split(',').map(Number) ?? []
const planned = sized(
  planOf('position', tinyRecipe(set, values.network), 'tiny'),
  values.views ? { patch: [vi, vj, vk] } : {},
)
if (planned.method !== 'position') throw new Error('unreachable')
const plan = planned
const config = { ...plan.network, inputChannels: 1, outputChannels: plan.settings.dimensions }

/** A landmark of a patient that is looked for in another. */
interface Query {
  readonly name: string
  readonly from: Patient
  readonly to: Patient
  readonly voxel: Vec3
  readonly truth: Vec3
}

const voxelNumber = ([i, j, k]: Vec3, [ni, nj]: Vec3): number => i + ni * (j + nj * k)
const voxelAt = (at: number, [ni, nj]: Vec3): Vec3 => [at % ni, Math.floor(at / ni) % nj, Math.floor(at / (ni * nj))]

/** The voxel nearest to a landmark that shows anything: the middle of a larynx is air. */
function nearestShown({ image, low, dims, spacing }: Patient['image'], point: Vec3): Vec3 {
  let [nearest, least] = [0, Infinity]
  for (const [at, intensity] of image.entries()) {
    if (intensity <= low) continue
    const distance = Math.hypot(...voxelAt(at, dims).map((x, axis) => (x - point[axis]) * spacing[axis]))
    if (distance < least) [nearest, least] = [at, distance]
  }
  return voxelAt(nearest, dims)
}

/** mm between a voxel of the target and where the landmark is. */
function away({ to, truth }: Query, found: Vec3): number {
  return Math.hypot(...found.map((x, axis) => (x - truth[axis]) * to.image.spacing[axis]))
}

const distances = join(out, 'position', `cut-${values.cut}`)
await mkdir(distances, { recursive: true })
const patients = data.patients.map((patient, n) => cutAtRandom(patient, Number(values.cut), seededRandom(n)))
const queries = patients.flatMap((from, n) =>
  Array.from({ length: Number(values.pairs) }, (_, m) => patients[(n + m + 1) % patients.length]).flatMap((to) =>
    [...from.landmarks].flatMap(([name, point]): Query[] => {
      const truth = to.landmarks.get(name)
      return truth ? [{ name, from, to, voxel: nearestShown(from.image, point), truth }] : []
    }),
  ),
)

/** Distances of a way to match, one for each query. */
async function kept(name: string, measure: () => Promise<number[]>): Promise<number[]> {
  const path = join(distances, `${name}.json`)
  const known = await readFile(path, 'utf8').catch(() => null)
  const former: readonly number[] | null = known === null ? null : JSON.parse(known)
  if (former?.length === queries.length) return [...former]
  const measured = await measure()
  await writeFileAtomic(path, JSON.stringify(measured))
  console.error(`${name}: mean ${meanOf(measured).toFixed(2)} mm`)
  return measured
}

/** A whole image's encoding is large, so one is there at a time, and of the others what their landmarks have. */
async function byEncoder(weights: ReadonlyMap<string, Float32Array>): Promise<number[]> {
  const encoder = await openEncoder(config, weights, plan.patch, { threads })
  const codes = new Map<Query, Float32Array>()
  const found = new Map<Query, number>()
  // Patients are looked for in the next ones, so that the first come again at the end.
  for (const patient of [...patients, ...patients.slice(0, Number(values.pairs))]) {
    const encoding = await encoder.encode(patient.image)
    for (const query of queries) {
      const code = codes.get(query)
      if (query.to === patient && code && !found.has(query)) {
        found.set(query, away(query, voxelAt(mostAlike(code, encoding), encoding.dims)))
      }
      if (query.from === patient) codes.set(query, codeAt(encoding, voxelNumber(query.voxel, encoding.dims)))
    }
  }
  await encoder.close()
  return queries.map((query) => {
    const distance = found.get(query)
    if (distance === undefined) throw new Error(`${query.name} was not looked for`)
    return distance
  })
}

const byChance = (query: Query): number => {
  const { dims, image, low } = query.to.image
  let [sum, count] = [0, 0]
  for (const [at, intensity] of image.entries()) {
    if (intensity <= low) continue
    sum += away(query, voxelAt(at, dims))
    count++
  }
  return sum / count
}
const bySamePlace = (query: Query): number => {
  const [from, to] = [query.from.image.dims, query.to.image.dims]
  const there = (axis: 0 | 1 | 2): number => (query.voxel[axis] * (to[axis] - 1)) / (from[axis] - 1)
  return away(query, [there(0), there(1), there(2)])
}
const surroundings = new Map<Patient, Surroundings>()
const byIntensities = (query: Query): number => {
  const known = surroundings.get(query.to) ?? new Surroundings(query.to.image, RADIUS)
  surroundings.set(query.to, known)
  return away(query, voxelAt(known.mostLike(query.from.image, query.voxel), query.to.image.dims))
}

const meanOf = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0) / numbers.length
const medianOf = (numbers: readonly number[]): number => [...numbers].sort((a, b) => a - b)[numbers.length >> 1]
const within =
  (mm: number) =>
  (numbers: readonly number[]): number =>
    numbers.filter((n) => n <= mm).length / numbers.length

const ways: { readonly name: string; readonly distances: readonly (readonly number[])[] }[] = []
const once = async (name: string, of: (query: Query) => number): Promise<void> => {
  const file = name.replaceAll(' ', '-')
  ways.push({ name, distances: [await kept(file, () => Promise.resolve(queries.map(of)))] })
}
await once('chance', byChance)
await once('same place of the image', bySamePlace)
const side = 2 * RADIUS + 1
await once(`intensities within ${side}x${side}x${side}`, byIntensities)
const untrained: number[][] = []
const trained: number[][] = []
for (const seed of seeds) {
  untrained.push(await kept(`untrained-${seed}`, () => byEncoder(initialParameters(config, seed))))
  const init = join(out, 'init', `position-${seed}`)
  await pretrainOnce(init, {
    plan: lasting(plan, { unit: 'steps', steps: Number(values.steps) }),
    images: data.images,
    holdOut: data.holdOut,
    seed,
    attribution: data.attribution,
    threads,
  })
  const { description, weights } = await readInitialisation(init)
  trained.push(await kept(`trained-${seed}-${description.steps}`, () => byEncoder(weights)))
}
ways.push({ name: 'encoder, not trained', distances: untrained }, { name: 'positional encoding', distances: trained })

/** Mean over the seeds, and their standard deviation where there are several. */
function cell(distances: readonly (readonly number[])[], of: (one: readonly number[]) => number, digits = 1): string {
  const all = distances.map(of)
  const mean = meanOf(all)
  const spread = Math.sqrt(all.reduce((sum, x) => sum + (x - mean) ** 2, 0) / Math.max(1, all.length - 1))
  return all.length > 1 ? `${mean.toFixed(digits)} ± ${spread.toFixed(digits)}` : mean.toFixed(digits)
}
const names = [...patients[0].landmarks.keys()]
const only = (name: string) => (all: readonly number[]) => meanOf(all.filter((_, n) => queries[n].name === name))
const rows = ways.map(({ name, distances }) =>
  [
    name,
    cell(distances, meanOf),
    cell(distances, medianOf),
    cell(distances, within(data.near), 2),
    ...names.map((landmark) => cell(distances, only(landmark))),
  ].join(' | '),
)
const head = ['mm', 'mean', 'median', `within ${data.near} mm`, ...names]
const summary = [
  `${patients.length} held-out patients, ${queries.length} landmarks looked for, ${data.images.length} images to learn from, each image less up to ${values.cut} voxels at every side, seeds ${seeds.join(', ')}`,
  '',
  `| ${head.join(' | ')} |`,
  `| ${head.map(() => '---').join(' | ')} |`,
  ...rows.map((row) => `| ${row} |`),
  '',
].join('\n')
await writeFileAtomic(join(out, `position-cut-${values.cut}.md`), summary)
console.log(summary)
