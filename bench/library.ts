import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { searchCases } from '../src/shared/caseQuery'
import { schemaNamed } from '../src/shared/labels/builtin'
import { strategies } from '../src/shared/review'
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
  'nothing has this word',
]

/**
 * A library of 5,000 cases of 13 structures, each with its files, 10,000 revisions and 65,000 findings: how long it takes
 * to open it, to list it, to search it and to choose the next case. Medians; files of images hold nothing, since none is read.
 */
export async function run(): Promise<BenchRow[]> {
  const root = mkdtempSync(join(tmpdir(), 'emend-bench-'))
  try {
    manyCases(root, CASES)
    const opening = median(() => openLibrary(root).close())
    const library = openLibrary(root)
    const listing = median(() => listCases(library))
    const rows = listCases(library)
    const structuresOf = (schema: string): string[] => schemaNamed(schema).structures.map(({ name }) => name)
    const worst = (times: readonly number[]): number => Math.max(...times)
    const searching = worst(searches.map((text) => median(() => searchCases(rows, text, structuresOf))))
    const choosing = worst(strategies.map((strategy) => median(() => nextCase(library, strategy))))
    library.close()
    return [
      row('open a library of 5,000 cases', opening),
      row('list 5,000 cases', listing),
      row('search 5,000 cases, the slowest of 6 searches', searching),
      row('the next of 5,000 cases, the slowest strategy', choosing),
    ]
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

function row(name: string, value: number): BenchRow {
  return { name, value, unit: 'ms', peer: null, peerValue: null, ratio: null, machine: cpus()[0].model }
}

function median(body: () => unknown): number {
  const times = Array.from({ length: ROUNDS }, () => {
    const started = performance.now()
    body()
    return performance.now() - started
  })
  return times.sort((a, b) => a - b)[ROUNDS >> 1]
}
