/**
 * `node scripts/run.mjs bench/clicks/train.ts [FOLDER]`: trains the network of proposals and writes
 * `resources/proposal-network.json`; what is done so far lies in FOLDER. On what a simulated reader meets: first as a
 * random walker's proposals lead the clicks, then as the network's own do. Patients that `bench/clicks/main.ts` measures
 * on are left out.
 */
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { writeFileAtomic } from '../../src/main/imaging/atomicFile'
import type { Vec3 } from '../../src/shared/geometry/affine'
import { seededRandom } from '../../src/shared/random'
import { boxSize, cropped } from '../../src/shared/voxels/box'
import type { Layer } from '../../src/shared/voxels/proposal/cellNetwork'
import type { Evidence } from '../../src/shared/voxels/proposal/evidence'
import { eachInnerRow, framedMask } from '../../src/shared/voxels/proposal/framedGrid'
import { networkScorer, type CellScorer } from '../../src/shared/voxels/proposal/propose'
import { distanceTo } from '../../src/shared/voxels/distance'
import { dataPath } from '../../test/data'
import { headNecks, hippocampi, phantoms, type ClickCase } from './cases'
import { fitLayers, type Sample } from './fit'
import { randomWalker } from './methods'
import { read } from './session'

const cells = 1024
const random = seededRandom(5)
const say = (line: string): void => console.log(`${new Date().toISOString().slice(11, 19)} ${line}`)

/** Every round meets other patients. */
async function* patientsOf(round: number): AsyncGenerator<ClickCase> {
  const holdOut = JSON.parse(await readFile('resources/hold-outs/hippocampus.json', 'utf8')) as { cases: string[] }
  const names = async (set: string): Promise<string[]> => {
    const folder = dataPath(set, 'images')
    if (!folder) throw new Error(`${set} is not there: set EMEND_DATA`)
    return (await readdir(folder)).map((file) => basename(file, '.nii.gz')).sort()
  }
  const hippocampus = (await names('hippocampus')).filter((name) => !holdOut.cases.includes(name))
  const headNeck = (await names('head-neck')).map((name) => Number(name.slice(3))).filter((n) => n % 4 !== 0)
  headNeck.sort((a, b) => a - b)
  yield* hippocampi(hippocampus.slice(6 * round, 6 * round + 6).map((name) => name.slice(-3)))
  yield* headNecks(headNeck.slice(4 * round, 4 * round + 4))
  yield* phantoms([0, 1].map((n) => 500_000_010 + 2 * round + n))
}

/** Some cells of a state: more of those in and near the structure than of the rest. */
function sampled(
  features: readonly Float32Array[],
  { grid, scale }: Evidence,
  truth: Uint8Array,
  dims: Vec3,
): Sample | null {
  const inside = Uint8Array.from(framedMask(truth, dims, grid.factor), (share) => (share >= 0.5 ? 1 : 0))
  const away = distanceTo(inside, grid.size, grid.spacing)
  const near: number[] = []
  const rest: number[] = []
  const reach = Math.max(scale, 2.5 * Math.max(...grid.spacing))
  eachInnerRow(grid.size, (from, to) => {
    for (let n = from; n < to; n++) (away[n] <= reach ? near : rest).push(n)
  })
  if (near.length === 0 || rest.length === 0) return null
  const chosen = Array.from({ length: cells }, (_, c) => {
    const from = c % 8 < 5 ? near : rest
    return from[random.int(from.length)]
  })
  const values = new Float32Array(features.length * cells)
  features.forEach((feature, f) => chosen.forEach((n, c) => (values[f * cells + c] = feature[n])))
  return { features: values, inside: Int32Array.from(chosen, (n) => inside[n]) }
}

/** A model's mask with faults: balls of it missing, balls too much. */
function faulty({ truth, dims, spacing }: ClickCase): Uint8Array {
  const out = truth.slice()
  const inside = Array.from(truth.keys()).filter((n) => truth[n])
  const sizeMm = Math.cbrt(inside.length * spacing[0] * spacing[1] * spacing[2])
  for (let left = 1 + random.int(4); left > 0; left--) {
    const at = inside[random.int(inside.length)]
    const value = random.next() < 0.5 ? 1 : 0
    const radius = sizeMm * (0.15 + 0.4 * random.next())
    const centre = [at % dims[0], Math.floor(at / dims[0]) % dims[1], Math.floor(at / dims[0] / dims[1])]
    const [x, y, z] = centre.map((c, axis) => {
      const reach = Math.ceil(radius / spacing[axis])
      return [Math.max(0, c - reach), Math.min(dims[axis] - 1, c + reach)] as const
    })
    for (let k = z[0]; k <= z[1]; k++) {
      for (let j = y[0]; j <= y[1]; j++) {
        for (let i = x[0]; i <= x[1]; i++) {
          const mm = Math.hypot(...[i, j, k].map((v, axis) => (v - centre[axis]) * spacing[axis]))
          if (mm <= radius) out[i + dims[0] * (j + dims[1] * k)] = value
        }
      }
    }
  }
  return out
}

/** States that a reader's corrections lead to, with the clicks that the scorer's proposals provoke. */
async function collect(round: number, scorer: CellScorer): Promise<Sample[]> {
  const samples: Sample[] = []
  for await (const plain of patientsOf(round)) {
    const subject = random.next() < 0.3 ? { ...plain, prior: faulty(plain) } : plain
    read(subject, scorer, {
      most: 2 + random.int(7),
      goal: 0.95,
      onEvidence: (evidence, box) => {
        const truth = cropped(subject.truth, subject.dims, box)
        const sample = sampled(evidence.features, evidence, truth, boxSize(box))
        if (sample) samples.push(sample)
      },
    })
  }
  say(`round ${round}: ${samples.length} states`)
  return samples
}

const stored = (layers: readonly Layer[]) =>
  layers.map(({ inputs, outputs, weight, bias }) => {
    const short = (values: Float32Array): number[] => Array.from(values, (value) => Number(value.toPrecision(5)))
    return { inputs, outputs, weight: short(weight), bias: short(bias) }
  })

const folder = process.argv[2] ?? 'proposal-network'
await mkdir(folder, { recursive: true })
const checkpoint = (name: string, layers: readonly Layer[]): Promise<void> => {
  return writeFileAtomic(join(folder, `${name}.json`), JSON.stringify(stored(layers)))
}

const walked = await collect(0, randomWalker)
const early = await fitLayers(walked, 1200, say)
await checkpoint('early', early)
const own = await collect(1, networkScorer(early))
const network = await fitLayers([...walked, ...own], 2000, say)
await writeFileAtomic('resources/proposal-network.json', JSON.stringify(stored(network)) + '\n')
say('resources/proposal-network.json')
