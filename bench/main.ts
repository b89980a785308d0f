/** `npm run bench [NAME...]`: runs the benchmarks, prints their ratios and writes bench/results.json. */
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { writeFileAtomic } from '../src/main/imaging/atomicFile'
import type { BenchRow } from './row'

const benches: Readonly<Record<string, () => Promise<{ run: () => Promise<BenchRow[]> }>>> = {
  trainingStep: () => import('./trainingStep'),
  memory: () => import('./memory'),
  segment: () => import('./segment'),
  editor: () => import('./editor'),
  window: () => import('./window'),
  open: () => import('./open'),
  library: () => import('./library'),
  worklist: () => import('./worklist'),
}

const wanted = process.argv.slice(2)
const unknown = wanted.find((name) => !(name in benches))
if (unknown !== undefined) {
  console.error(`there is no benchmark '${unknown}': there are ${Object.keys(benches).join(', ')}`)
  process.exit(2)
}

const rows: BenchRow[] = []
for (const [name, load] of Object.entries(benches)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  for (const row of await (await load()).run()) {
    rows.push(row)
    const own = `${row.name}: ${row.value.toPrecision(3)} ${row.unit}`
    console.log(
      row.peerValue === null
        ? own
        : `${own}; ${row.peer}: ${row.peerValue.toPrecision(3)}; ratio ${row.ratio?.toFixed(2)}`,
    )
  }
}
const path = fileURLToPath(new URL('./results.json', import.meta.url))
// A run of some benchmarks leaves the figures of the others.
const before = JSON.parse(await readFile(path, 'utf8').catch(() => '[]')) as BenchRow[]
const kept = before.filter(({ name }) => !rows.some((row) => row.name === name))
await writeFileAtomic(path, JSON.stringify(wanted.length > 0 ? [...kept, ...rows] : rows, null, 2) + '\n')
