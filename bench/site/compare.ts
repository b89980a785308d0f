/**
 * `node scripts/run.mjs bench/site/compare.ts --out DIR [--orders a,b] [--seeds 1,2,3] [--threads N]`: each order of a
 * simulated site (`main.ts`, whose DIR it is) against random order, after each cycle: the difference of their models in mean
 * DSC on the same held-out cases of the same seeds, with its 95 % interval over these cases. Sites that have not come to their
 * end are left out. What was scored once is kept beside the site.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { schemaNamed } from '../../src/shared/labels/builtin'
import { writeFileAtomic } from '../../src/main/imaging/atomicFile'
import { libraryHoldOut, verifiedCases } from '../../src/main/learning/libraryCases'
import { pairedBootstrap } from '../../src/main/learning/metrics/bootstrap'
import { scoreModel } from '../../src/main/learning/scoreModel'
import { listCases } from '../../src/main/library/cases'
import { openLibrary } from '../../src/main/library/library'
import { modelNamed } from '../../src/main/library/models'
import { loadModel } from '../../src/main/segmentation/model'
import { cyclesOf, orders, type SiteCycle } from './site'

/** Mean DSC over the structures by image, of one model. */
type HeldOutScores = Readonly<Record<string, number>>

const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    orders: { type: 'string', default: orders.filter((order) => order !== 'random').join(',') },
    seeds: { type: 'string', default: '1,2,3' },
    threads: { type: 'string' },
  },
})
if (values.out === undefined) throw new Error('--out is missing: the folder that the simulated sites are kept in')
const out = values.out
const threads = values.threads === undefined ? undefined : Number(values.threads)

const random = new Map<string, SiteCycle[]>()
for (const seed of values.seeds.split(',')) random.set(seed, cyclesOf(folderOf('random', seed)))

for (const order of values.orders.split(',')) {
  const seeds = [...random]
    .filter(([seed, cycles]) => ended(cycles) && ended(cyclesOf(folderOf(order, seed))))
    .map(([seed]) => seed)
  if (seeds.length === 0) {
    console.log(`${order}: no seed of it and of random order has come to its end`)
    continue
  }
  console.log(`${order}, less random, seeds ${seeds.join(', ')}:`)
  for (let cycle = 1; cycle < cyclesOf(folderOf(order, seeds[0])).length; cycle++) {
    const differences: number[] = []
    for (const seed of seeds) {
      const chosen = await scoresAfter(order, seed, cycle)
      const drawn = await scoresAfter('random', seed, cycle)
      for (const [image, dsc] of Object.entries(chosen)) differences.push(dsc - drawn[image])
    }
    const { mean, low, high } = pairedBootstrap(differences)
    console.log(`  cycle ${cycle}: ${show(mean)} (${show(low)} to ${show(high)}), ${differences.length} cases`)
  }
}

function folderOf(order: string, seed: string): string {
  return join(out, `${order}-${seed}`)
}

function show(value: number): string {
  return (value < 0 ? '' : '+') + value.toFixed(4)
}

/** Whether a site has run for as many cycles as the longest one has at random. */
function ended(cycles: readonly SiteCycle[]): boolean {
  return cycles.length > 1 && cycles.length === Math.max(...[...random.values()].map(({ length }) => length))
}

/** Of the model that is in use after a cycle. */
async function scoresAfter(order: string, seed: string, cycle: number): Promise<HeldOutScores> {
  const { model } = cyclesOf(folderOf(order, seed))[cycle]
  const kept = join(folderOf(order, seed), `held-out-${model}.json`)
  if (existsSync(kept)) return JSON.parse(readFileSync(kept, 'utf8')) as HeldOutScores
  const library = openLibrary(join(folderOf(order, seed), 'library'), { user: 'oracle' })
  try {
    const rows = listCases(library)
    const { cases } = libraryHoldOut(library, verifiedCases(rows, 'hold-out', schemaNamed('hippocampus')))
    const evaluation = await scoreModel(await loadModel(modelNamed(library, model).folder), cases, { threads })
    const named = new Map(rows.map(({ id, description }) => [id, description]))
    const scores = Object.fromEntries(
      Object.entries(evaluation.cases).map(([id, structures]) => {
        const dsc = Object.values(structures).map((score) => score.dsc)
        return [named.get(id) ?? id, dsc.reduce((sum, one) => sum + one, 0) / dsc.length]
      }),
    )
    await writeFileAtomic(kept, `${JSON.stringify(scores, null, 2)}\n`)
    return scores
  } finally {
    library.close()
  }
}
