import { existsSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Database } from './database'
import { failInterruptedJobs } from './jobsTable'
import { libraryPaths } from './paths'

/** What opening a library found after a crash, a full disk or a careless copy. */
export interface Recovery {
  /** Half-written files and folders that were removed; nothing ever pointed to them. */
  readonly removed: readonly string[]
  /** Jobs that a process left behind when it ended; they now count as failed. */
  readonly interruptedJobs: number
  /** Files that the database points to and that are gone: what to restore from a backup. */
  readonly missing: readonly string[]
}

/** Folders that are still being copied carry this prefix. */
export const INCOMING = '.incoming-'

/**
 * Puts right what a killed process leaves: temporary files go, its jobs are failed. Whole files without a row stay
 * where they are (a later import of the same image takes them over); rows whose file is gone are reported, not touched.
 */
export function recover(root: string, database: Database): Recovery {
  return {
    removed: removeTemporaries(root),
    interruptedJobs: failInterruptedJobs(database),
    missing: missingFiles(root, database),
  }
}

function removeTemporaries(root: string): string[] {
  const removed: string[] = []
  for (const home of [...subfolders(libraryPaths.cases(root)), ...subfolders(libraryPaths.models(root))]) {
    for (const folder of [home, join(home, 'labels')]) {
      for (const name of existsSync(folder) ? readdirSync(folder) : []) {
        if (!name.startsWith(INCOMING) && !(name.startsWith('.') && name.endsWith('.tmp'))) continue
        const path = join(folder, name)
        rmSync(path, { recursive: true, force: true })
        removed.push(path)
      }
    }
  }
  return removed
}

function subfolders(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(folder, entry.name))
}

/** Looks for what is needed to work on: each case's image, source and current labels, and each model's network. */
function missingFiles(root: string, database: Database): string[] {
  const cases = database.all<{ id: string; revision: string | null }>('SELECT id, revision FROM cases')
  const models = database.all<{ name: string; version: number }>('SELECT name, version FROM models')
  const expected = [
    ...cases.flatMap(({ id, revision }) => [
      libraryPaths.image(root, id),
      libraryPaths.source(root, id),
      ...(revision === null ? [] : [libraryPaths.labels(root, id, revision)]),
    ]),
    ...models.map(({ name, version }) => join(libraryPaths.model(root, name, version), 'network.onnx')),
  ]
  return expected.filter((path) => !statSync(path, { throwIfNoEntry: false })?.isFile())
}
