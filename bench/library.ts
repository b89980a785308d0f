import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { searchCases } from '../src/shared/caseQuery'
import { schemaNamed } from '../src/shared/labels/builtin'
import { reviewStatuses } from '../src/shared/labels/status'
import { seededRandom } from '../src/shared/random'
import { strategies } from '../src/shared/review'
import { listCases } from '../src/main/library/cases'
import { openLibrary, type Library } from '../src/main/library/library'
import { nextCase } from '../src/main/library/nextCase'
import { libraryPaths } from '../src/main/library/paths'
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
    fill(root)
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

/** As imports, two models and three readers would have left it. */
function fill(root: string): void {
  const library = openLibrary(root)
  const random = seededRandom(5)
  const { structures } = schemaNamed('flare23')
  library.database.transaction(() => {
    for (let n = 0; n < CASES; n++) fillCase(library, n, random, structures)
  })
  library.close()
}

function fillCase(
  { database, root }: Library,
  n: number,
  random: ReturnType<typeof seededRandom>,
  structures: readonly { readonly name: string }[],
): void {
  const id = n.toString(16).padStart(12, '0')
  const at = new Date(Date.UTC(2026, 0, 1) + n * 1_200_000).toISOString()
  const reader = ['anna', 'bert', 'clara'][random.int(3)]
  const statuses = Object.fromEntries(structures.map(({ name }) => [name, reviewStatuses[random.int(5)]]))
  database.run(
    `INSERT INTO cases (id, content_hash, title, modality, description, dims, affine, schema, warnings, imported_at,
       imported_by, reader, statuses, changed_at, doubt, disagreement, score)
     VALUES (?, ?, ?, 'CT', 'Abdomen, portal venous', '[512,512,300]', '[[0.7,0,0,-180],[0,0.7,0,-180],[0,0,1,0]]',
       'flare23', '[]', ?, ?, ?, ?, ?, ?, ?, ?)`,
    id,
    `${id}-hash`,
    `Abdomen, ${n % 2 ? 'portal' : 'arterial'} venous · ${id.slice(-4)}`,
    at,
    reader,
    reader,
    JSON.stringify(statuses),
    at,
    random.next(),
    random.next(),
    random.next(),
  )
  mkdirSync(libraryPaths.allLabels(root, id), { recursive: true })
  writeFileSync(libraryPaths.image(root, id), '')
  writeFileSync(libraryPaths.source(root, id), '{}')
  for (const version of [2, 3]) {
    const revision = `${id}${version}`
    database.run(
      `INSERT INTO revisions (id, case_id, author, origin, model, statuses, edited, sha256, created_at)
       VALUES (?, ?, ?, 'model', ?, '{}', '[]', '', ?)`,
      revision,
      id,
      reader,
      `flare@${version}`,
      at,
    )
    writeFileSync(libraryPaths.labels(root, id, revision), '')
  }
  database.run('UPDATE cases SET revision = ? WHERE id = ?', `${id}3`, id)
  for (const { name } of structures) {
    database.run(
      'INSERT INTO findings VALUES (?, ?, ?, ?, ?)',
      id,
      name,
      random.next() * 1500,
      random.next(),
      random.next(),
    )
  }
  if (n % 10 === 0) {
    database.run(
      "INSERT INTO notes (case_id, kind, text, author, at) VALUES (?, ?, 'see the duodenum', ?, ?)",
      id,
      n % 20 ? 'comment' : 'flag',
      reader,
      at,
    )
  }
}
