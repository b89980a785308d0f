import { readdirSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Database } from './database'
import { failInterruptedJobs } from './jobsTable'
import { libraryPaths } from './paths'
import { settleTrash } from './trash'

/** What opening a library found after a crash, a full disk or a careless copy. */
export interface Recovery {
  /** Half-written files and folders that were removed; nothing ever pointed to them. */
  readonly removed: readonly string[]
  /** Jobs that a process left behind when it ended; they now count as failed. */
  readonly interruptedJobs: number
  /** Files that the database points to and that are gone: what to restore from a backup. */
  readonly missing: readonly string[]
}

/** Folders that are still being copied, or that a job passes files through, carry this prefix. */
export const INCOMING = '.incoming-'

/**
 * Puts right what a killed process leaves: temporary files go, its jobs are failed, deleted cases lie in the
 * trash and the others do not. Whole files without a row stay
 * where they are (a later import of the same image takes them over); rows whose file is gone are reported, not touched.
 */
export function recover(root: string, database: Database): Recovery {
  settleTrash(root, database)
  const list = folderLister()
  return {
    removed: removeTemporaries(root, list),
    interruptedJobs: failInterruptedJobs(database),
    missing: missingFiles(root, database, list),
  }
}

/** Names in a folder, none where it does not exist; each folder is read once, since a library has thousands. */
type List = (folder: string) => ReadonlySet<string>

function folderLister(): List {
  const known = new Map<string, ReadonlySet<string>>()
  return (folder) => {
    const names = known.get(folder) ?? new Set(namesIn(folder))
    known.set(folder, names)
    return names
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function removeTemporaries(root: string, list: List): string[] {
  const cases = [...list(libraryPaths.cases(root))].flatMap((id) => [
    libraryPaths.case(root, id),
    libraryPaths.allLabels(root, id),
  ])
  const models = [...list(libraryPaths.models(root))].map((name) => join(libraryPaths.models(root), name))
  const removed = [root, ...cases, ...models].flatMap((folder) =>
    [...list(folder)].filter(isTemporary).map((name) => join(folder, name)),
  )
  for (const path of removed) rmSync(path, { recursive: true, force: true })
  return removed
}

/** As `writeFileAtomic` names what it has not finished, and `registerModel` what it has not copied. */
function isTemporary(name: string): boolean {
  return name.startsWith(INCOMING) || (name.startsWith('.') && name.endsWith('.tmp'))
}

/** Looks for what is needed to work on: each case's image, source and current labels, and each model's network. */
function missingFiles(root: string, database: Database, list: List): string[] {
  const cases = database.all<{ id: string; revision: string | null }>(
    'SELECT id, revision FROM cases WHERE removed_at IS NULL',
  )
  const models = database.all<{ name: string; version: number }>('SELECT name, version FROM models')
  const expected = [
    ...cases.flatMap(({ id, revision }) => [
      libraryPaths.image(root, id),
      libraryPaths.source(root, id),
      ...(revision === null ? [] : [libraryPaths.labels(root, id, revision)]),
    ]),
    ...models.map(({ name, version }) => join(libraryPaths.model(root, name, version), 'network.onnx')),
  ]
  return expected.filter((path) => !list(dirname(path)).has(basename(path)))
}
