import { createHash } from 'node:crypto'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { LibraryFault } from '../../shared/care'
import { oneLine } from '../../shared/errors'
import { secondsAtPace, unwatched, type Work } from '../../shared/progress'
import { brokenAuditLink } from './audit'
import { contentHash, formerContentHash, listCases, readCaseImage, readCaseSource } from './cases'
import type { Library } from './library'
import { modelReference } from './models'
import { libraryPaths } from './paths'
import { readReading } from './reading'
import { formerRevisions, listRevisions } from './revisions'
import { readUncertainty } from './uncertainty'

/** Something in a library that is not as it was written. */
export interface Fault extends LibraryFault {
  /** The case, 'name@version' of the model; null where it is about neither. */
  readonly subject: string | null
  /** The label revision that the file is. */
  readonly revision?: string
}

export interface Integrity {
  readonly cases: number
  readonly revisions: number
  readonly models: number
  readonly faults: readonly Fault[]
}

interface StoredFile {
  readonly kind: 'labels' | 'model'
  readonly subject: string
  readonly path: string
  readonly sha256: string
  readonly revision?: string
}

/**
 * Reads everything that the library holds and compares it with what was written: each image's content, the checksums of
 * label revisions, maps of uncertainty and all files of models, what readers noted, the database's own consistency, the
 * audit's chain, and files that nothing points to. It changes nothing.
 *
 * @param options.settlingMs files that nothing points to are no fault so long after they were written: where the library
 * is in use, somebody may be about to
 */
export async function verifyLibrary(
  library: Library,
  work: Work = unwatched,
  { settlingMs = 0 }: { readonly settlingMs?: number } = {},
): Promise<Integrity> {
  const { root } = library
  const faults: Fault[] = [...databaseFaults(library)]
  const cases = listCases(library).map(({ id }) => id)
  const files = storedFiles(library)
  const total = cases.length + files.length
  const began = performance.now()
  let done = 0
  const next = async (): Promise<void> => {
    await setImmediate()
    work.signal.throwIfAborted()
    work.report({ phase: 'verifying', done, total, secondsLeft: secondsAtPace(began, done, total) })
    done += 1
  }
  for (const id of cases) {
    await next()
    faults.push(...(await caseFaults(library, id)))
  }
  for (const file of files) {
    await next()
    const what = await checksumFault(file)
    if (what !== null) faults.push(asFault(root, file, what))
  }
  faults.push(...leftOvers(library, settlingMs))
  const revisions = files.filter(({ kind }) => kind === 'labels').length
  const models = new Set(files.flatMap(({ kind, subject }) => (kind === 'model' ? [subject] : []))).size
  return { cases: cases.length, revisions, models, faults }
}

function asFault(root: string, { kind, subject, path, revision }: StoredFile, what: string): Fault {
  return { kind, subject, path: relative(root, path), what, ...(revision === undefined ? {} : { revision }) }
}

function* databaseFaults(library: Library): Generator<Fault> {
  const { database } = library
  for (const { integrity_check } of database.all<{ integrity_check: string }>('PRAGMA integrity_check(20)')) {
    if (integrity_check !== 'ok') yield { kind: 'database', subject: null, path: 'library.db', what: integrity_check }
  }
  for (const { table, parent } of database.all<{ table: string; parent: string }>('PRAGMA foreign_key_check')) {
    yield {
      kind: 'database',
      subject: null,
      path: 'library.db',
      what: `${table} points to a row of ${parent} that is gone`,
    }
  }
  const broken = brokenAuditLink(library)
  if (broken !== null)
    yield { kind: 'audit', subject: null, path: null, what: `the chain is broken at entry ${broken}` }
}

async function caseFaults(library: Library, id: string): Promise<Fault[]> {
  const { root, database } = library
  const faults: Fault[] = []
  const fault = (kind: Fault['kind'], path: string, what: string): void =>
    void faults.push({ kind, subject: id, path: relative(root, path), what })
  const stored = database.get<{ content_hash: string }>('SELECT content_hash FROM cases WHERE id = ?', id)
  try {
    const image = await readCaseImage(library, id)
    const known = [contentHash(image), formerContentHash(image)]
    if (!known.some((hash) => hash === stored?.content_hash))
      fault('image', libraryPaths.image(root, id), 'its voxels changed')
  } catch (error) {
    fault('image', libraryPaths.image(root, id), oneLine(error))
  }
  const mustRead = async (kind: Fault['kind'], path: string, read: () => Promise<unknown>): Promise<void> => {
    try {
      await read()
    } catch (error) {
      fault(kind, path, oneLine(error))
    }
  }
  await mustRead('source', libraryPaths.source(root, id), () => readCaseSource(library, id))
  await mustRead('reading', libraryPaths.reading(root, id), () => readReading(library, id))
  const all = [...listRevisions(library, id), ...formerRevisions(library, id)]
  for (const { id: revision } of all.filter(({ origin }) => origin === 'model')) {
    // Packed with a checksum of its own.
    const path = libraryPaths.uncertainty(root, id, revision)
    await mustRead('uncertainty', path, () => readUncertainty(library, id, revision))
  }
  return faults
}

/** Every file that the database has a checksum of. */
function storedFiles(library: Library): StoredFile[] {
  const { database, root } = library
  const revisions = database.all<{ id: string; case_id: string; sha256: string }>(
    `SELECT id, case_id, sha256 FROM revisions
     WHERE case_id IN (SELECT id FROM cases WHERE removed_at IS NULL) AND id NOT IN (SELECT id FROM purged_revisions)
     ORDER BY case_id, id`,
  )
  const labels = revisions.map(({ id, case_id, sha256 }): StoredFile => {
    return { kind: 'labels', subject: case_id, revision: id, path: libraryPaths.labels(root, case_id, id), sha256 }
  })
  return [...labels, ...modelFiles(library)]
}

/** The network of every model, and what lies beside it; of one that an older Emend took in the network alone. */
function modelFiles({ database, root }: Library): StoredFile[] {
  const files = database.all<{ name: string; version: number; file: string; sha256: string }>(
    `SELECT name, version, 'network.onnx' AS file, sha256 FROM models
     UNION ALL SELECT name, version, file, sha256 FROM model_files ORDER BY name, version, file`,
  )
  return files.map(({ file, sha256, ...model }): StoredFile => {
    const path = join(libraryPaths.model(root, model.name, model.version), file)
    return { kind: 'model', subject: modelReference(model), path, sha256 }
  })
}

/** Without these a model cannot be used; a card or a curve that is damaged is told, and does no harm to readers. */
const NEEDED = ['network.onnx', 'model.json']

/** Whether what a model is used by is as it was written. */
export async function isWholeModel(library: Library, model: { name: string; version: number }): Promise<boolean> {
  const own = modelFiles(library).filter(({ subject }) => subject === modelReference(model))
  const files = own.filter(({ path }) => NEEDED.includes(basename(path)))
  for (const file of files) if ((await checksumFault(file)) !== null) return false
  return files.length > 0
}

/** What is wrong with a file; null where it is as it was written. */
export async function checksumFault({ path, sha256 }: Pick<StoredFile, 'path' | 'sha256'>): Promise<string | null> {
  try {
    const found = createHash('sha256')
      .update(await readFile(path))
      .digest('hex')
    return found === sha256 ? null : 'its checksum differs'
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'it is missing' : oneLine(error)
  }
}

/** Whole files and folders that no row points to: what a kill between file and row leaves. */
function leftOvers({ database, root }: Library, settlingMs: number): Fault[] {
  const namesIn = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : [])
  const ids = <Row extends { id: string }>(sql: string): Set<string> =>
    new Set(database.all<Row>(sql).map(({ id }) => id))
  const cases = ids('SELECT id FROM cases WHERE removed_at IS NULL')
  const revisions = ids('SELECT id FROM revisions WHERE id NOT IN (SELECT id FROM purged_revisions)')
  const models = ids("SELECT name || '/' || version AS id FROM models")
  const paths: string[] = []
  for (const id of namesIn(libraryPaths.cases(root))) {
    if (!cases.has(id)) paths.push(libraryPaths.case(root, id))
    else {
      const left = namesIn(libraryPaths.allLabels(root, id)).filter((name) => !revisions.has(name.split('.')[0]))
      paths.push(...left.map((name) => join(libraryPaths.allLabels(root, id), name)))
    }
  }
  for (const name of namesIn(libraryPaths.models(root))) {
    const versions = namesIn(join(libraryPaths.models(root), name)).filter(
      (version) => !models.has(`${name}/${version}`),
    )
    paths.push(...versions.map((version) => join(libraryPaths.models(root), name, version)))
  }
  // What is gone by now was on its way to somewhere.
  const writtenAt = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Infinity
  const isSettled = (path: string): boolean => settlingMs === 0 || Date.now() - writtenAt(path) > settlingMs
  return paths.filter(isSettled).map((path) => ({
    kind: 'left-over',
    subject: null,
    path: relative(root, path),
    what: 'nothing points to it',
  }))
}
