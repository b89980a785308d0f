import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { searchCases } from '../src/shared/caseQuery'
import { schemaNamed } from '../src/shared/labels/builtin'
import { strategies } from '../src/shared/review'
import { registerBuiltInModels } from '../src/main/jobs/builtInModels'
import { planLearning } from '../src/main/learning/learningPlan'
import { listCases } from '../src/main/library/cases'
import { openLibrary } from '../src/main/library/library'
import { nextCase } from '../src/main/library/nextCase'
import { manyCases } from './manyCases'
import type { BenchRow } from './row'

const CASES = 5_000
const ROUNDS = 7

const searches = [
  'portal',
  'liver:corrected spleen:accepted',
  'open:pancreas reader:anna',
  'model:flare@3 score<0.8 doubt>0.2',
  'after:2026-02-01 before:2026-03-01 is:open -is:flagged',
  'reader:ann imported-after:2026-01-15 -study-before:2026',
  'nothing has this word',
]

/**
 * A library of 5,000 cases of 13 structures, each with its files, 10,000 revisions, 65,000 findings and 52,000 decisions: how long it takes
 * to open it, to list it, to search it, to choose the next case and to plan a turn of learning. Medians; files of images
 * hold nothing, since none is read.
 */
export async function run(): Promise<BenchRow[]> {
  const root = mkdtempSync(join(tmpdir(), 'emend-bench-'))
  try {
    manyCases(root, CASES)
    const opening = await median(() => openLibrary(root).close())
    const library = openLibrary(root)
    const listing = await median(() => listCases(library))
    const rows = listCases(library)
    const structuresOf = (schema: string): string[] => schemaNamed(schema).structures.map(({ name }) => name)
    const searching = []
    for (const text of searches) searching.push(await median(() => searchCases(rows, text, structuresOf)))
    const choosing = []
    for (const strategy of strategies) choosing.push(await median(() => nextCase(library, strategy)))
    await registerBuiltInModels(library, join(import.meta.dirname, '../models'))
    const planning = await median(() => planLearning(library))
    library.close()
    return [
      row('open a library of 5,000 cases', opening),
      row('list 5,000 cases', listing),
      row('search 5,000 cases, the slowest of 7 searches', Math.max(...searching)),
      row('the next of 5,000 cases, the slowest strategy', Math.max(...choosing)),
      row('plan a turn of learning over 5,000 cases', planning),
    ]
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

function row(name: string, value: number): BenchRow {
  return { name, value, unit: 'ms', peer: null, peerValue: null, ratio: null, machine: cpus()[0].model }
}

async function median(body: () => unknown): Promise<number> {
  const times: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const started = performance.now()
    await body()
    times.push(performance.now() - started)
  }
  return times.sort((a, b) => a - b)[ROUNDS >> 1]
}
