/**
 * `node scripts/run.mjs bench/site/main.ts --out DIR [--smoke] [--orders a,b] [--seeds 1,2,3] [--threads N]
 * [--network whole|student] [--without-poison]`: a simulated site on the hippocampus (Medical Segmentation Decathlon,
 * Task04; EMEND_DATA holds it). Ten verified cases to start with, twenty held out, and a reader who knows the truth: six
 * cycles of fifteen cases each, which the library chooses by doubt, by doubt mixed with chance, by disagreement of
 * models, or at random; then a cycle on shuffled labels, which the gate has to refuse. Each order and seed is a library of its own under DIR, and goes on
 * where it was when the script is started again. Writes DIR/site.csv.
 */
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { writeFileAtomic } from '../../src/main/imaging/atomicFile'
import { tinyRecipe } from '../../scripts/tinyRecipe'
import { cyclesOf, orders, runSite, type Order, type SitePlan } from './site'

const { values } = parseArgs({
  options: {
    out: { type: 'string' },
    smoke: { type: 'boolean', default: false },
    orders: { type: 'string', default: orders.join(',') },
    seeds: { type: 'string', default: '1,2,3' },
    /** Of training; as many as there are cores where left out. Two seeds side by side with one each take less time. */
    threads: { type: 'string' },
    /** Of the first model, which the later ones are trained on from. */
    network: { type: 'string', default: 'whole' },
    /** Leaves the poisoned cycle to a later start. */
    'without-poison': { type: 'boolean', default: false },
  },
})
if (values.out === undefined) throw new Error('--out is missing: the folder that the simulated sites are kept in')
const data = join(process.env['EMEND_DATA'] ?? join(import.meta.dirname, '../../../shared/data'), 'hippocampus')
if (!existsSync(data)) throw new Error(`there is no data set in ${data}: set EMEND_DATA`)
mkdirSync(values.out, { recursive: true })

/** The smoke test: two cycles of two cases and a handful of steps, to see that all of it runs. */
const plan: SitePlan = values.smoke
  ? { verified: 3, heldOut: 3, cycles: 2, perCycle: 2, pool: 6, firstSteps: 20, steps: 10 }
  : { verified: 10, heldOut: 20, cycles: 6, perCycle: 15, pool: 100, firstSteps: 300, steps: 300 }

const recipe = tinyRecipe('hippocampus', values.network)
const chosen = values.orders.split(',').filter((order): order is Order => orders.some((known) => known === order))
for (const seed of values.seeds.split(',').map(Number)) {
  for (const order of chosen) {
    const folder = join(values.out, `${order}-${seed}`)
    const first = join(values.out, `first-${seed}`)
    const threads = values.threads === undefined ? undefined : Number(values.threads)
    const run = { data, folder, first, order, seed, plan, threads, recipe, poisoned: !values['without-poison'] }
    await runSite(run, (line) => console.log(`${order} ${seed}: ${line}`))
  }
}

const rows = readdirCycles(values.out)
const header = 'order,seed,cycle,model,promoted,dsc,voxels corrected per case,dsc of proposals'
await writeFileAtomic(join(values.out, 'site.csv'), [header, ...rows, ''].join('\n'))

function readdirCycles(out: string): string[] {
  return chosen.flatMap((order) =>
    values.seeds.split(',').flatMap((seed) => {
      return cyclesOf(join(out, `${order}-${seed}`)).map(
        (c) =>
        [order, seed, c.cycle, c.model, c.promoted, c.dsc.toFixed(4), c.voxelsPerCase?.toFixed(1) ?? '', c.proposals?.toFixed(4) ?? ''].join(','), // prettier-ignore
      )
    }),
  )
}
