import { existsSync } from 'node:fs'
import { mkdir, readFile, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { EmendError } from '../../shared/errors'
import { unwatched, type Work } from '../../shared/progress'
import { writeFileAtomic } from '../imaging/atomicFile'
import { recordAudit } from './audit'
import { isBackupOf } from './backup'
import { keepCheck } from './careRecord'
import { getCase, listCases } from './cases'
import { recordFindings } from './findings'
import { checksumFault, isWholeModel, verifyLibrary, type Fault, type Integrity } from './integrity'
import type { Library } from './library'
import { requireRole } from './members'
import { currentModel, modelReference, putToUse } from './models'
import { libraryPaths } from './paths'
import { listRevisions, readRevision } from './revisions'
import { schemaInUse } from './schemas'
import { teachingModel } from './teaching'

export interface Repair {
  /** What was done, a line each. */
  readonly done: readonly string[]
  /** What was wrong. */
  readonly seen: Integrity
  /** What is still wrong. */
  readonly left: readonly Fault[]
}

/** Where what nothing points to is put aside, in the library's folder. */
const ASIDE = 'lost+found'

/**
 * Puts right what can be: files come back from a backup where there is one; a case whose current labels are gone shows
 * its newest whole ones; a current model that is gone gives way to the newest whole one; what nothing points to is put
 * aside, not deleted. The history itself is never touched.
 *
 * @param options.from folder of a backup of this library
 * @param options.settlingMs as for `verifyLibrary`
 * @throws EmendError where the user's role does not allow it, or the backup is not one of this library
 */
export async function repairLibrary(
  library: Library,
  options: { readonly from?: string; readonly settlingMs?: number } = {},
  work: Work = unwatched,
): Promise<Repair> {
  requireRole(library, 'administrator', 'repair the library')
  if (options.from !== undefined && !(await isBackupOf(library, options.from))) {
    throw new EmendError(`${options.from} is not a backup of this library`, {
      hint: 'name the folder that this library was backed up to',
    })
  }
  const done: string[] = []
  const note = (line: string): void => {
    recordAudit(library, 'repair', null, line)
    done.push(line)
  }
  const seen = await verifyLibrary(library, work, options)
  for (const fault of seen.faults) {
    if (options.from !== undefined && fault.path !== null && fault.kind !== 'left-over' && fault.kind !== 'database') {
      if (await restore(library, fault, options.from)) note(`${fault.path} came back from the backup`)
    } else if (fault.kind === 'left-over' && fault.path !== null) {
      note(await putAside(library, fault.path))
    }
  }
  const left = (await verifyLibrary(library, work, options)).faults
  for (const id of new Set(left.flatMap(({ kind, subject }) => (kind === 'labels' && subject ? [subject] : [])))) {
    const line = await showWholeRevision(library, id)
    if (line !== null) note(line)
  }
  const replaced = await replaceBrokenModel(library)
  if (replaced !== null) note(replaced)
  const described = await describeOldCases(library)
  if (described > 0) note(`${described} cases of an older Emend have their volumes now`)
  keepCheck(library, { ...seen, faults: left })
  return { done, seen, left }
}

/** Takes a file from a backup; whether it is whole there is seen when the library is verified again. */
async function restore({ root }: Library, { path }: Fault, backup: string): Promise<boolean> {
  const bytes = await readFile(join(backup, path!)).catch(() => null)
  if (bytes === null) return false
  await mkdir(dirname(join(root, path!)), { recursive: true })
  await writeFileAtomic(join(root, path!), bytes)
  return true
}

async function putAside({ root }: Library, path: string): Promise<string> {
  const target = freePath(join(root, ASIDE, path))
  await mkdir(dirname(target), { recursive: true })
  await rename(join(root, path), target)
  return `${path}, which nothing pointed to, lies in ${ASIDE} now`
}

/** A path that nothing lies at: the same name may have been put aside before. */
function freePath(path: string): string {
  for (let n = 2, free = path; ; free = `${path}.${n++}`) if (!existsSync(free)) return free
}

/** The case's newest revision whose file is whole becomes current; null where the current one is. */
async function showWholeRevision(library: Library, caseId: string): Promise<string | null> {
  const { revision: current, title } = getCase(library, caseId)
  if (current === null) return null
  const wholeAt = (id: string, sha256: string): Promise<string | null> =>
    checksumFault({ path: libraryPaths.labels(library.root, caseId, id), sha256 })
  for (const { id, sha256, statuses } of listRevisions(library, caseId).reverse()) {
    if ((await wholeAt(id, sha256)) !== null) continue
    if (id === current) return null
    setCurrent(library, caseId, id, statuses)
    return `${title} shows its labels ${id} again: those after it are gone`
  }
  setCurrent(library, caseId, null, {})
  return `${title} shows no labels: all of them are gone`
}

function setCurrent(library: Library, caseId: string, revision: string | null, statuses: object): void {
  library.database.run(
    'UPDATE cases SET revision = ?, statuses = ?, changed_at = ? WHERE id = ?',
    revision,
    JSON.stringify(statuses),
    new Date().toISOString(),
    caseId,
  )
}

/** Puts the newest whole version of the same schema to use where the current one is gone; null where it is whole, or none is. */
async function replaceBrokenModel(library: Library): Promise<string | null> {
  const current = currentModel(library)
  if (!current || (await isWholeModel(library, current))) return null
  // A teacher is too slow for readers, and not theirs.
  const teacher = teachingModel(library)?.name
  const others = library.database.all<{ name: string; version: number }>(
    'SELECT name, version FROM models WHERE promoted = 1 AND schema = ? ORDER BY name, version DESC',
    schemaInUse(library),
  )
  for (const model of others.filter(({ name }) => name !== teacher)) {
    if (!(await isWholeModel(library, model))) continue
    const line = `${modelReference(current)} is damaged: ${modelReference(model)} is in use now`
    putToUse(library, model, line)
    return line
  }
  return null
}

/** Volumes of the cases that an Emend labelled which kept none. @returns how many there were */
async function describeOldCases(library: Library): Promise<number> {
  const known = new Set(
    library.database.all<{ case_id: string }>('SELECT DISTINCT case_id FROM findings').map(({ case_id }) => case_id),
  )
  let described = 0
  for (const { id, revision } of listCases(library)) {
    if (revision === null || known.has(id)) continue
    const labels = await readRevision(library, id, revision).catch(() => null)
    if (!labels) continue
    library.database.transaction(() => recordFindings(library, { caseId: id, labels }))
    described += 1
  }
  return described
}
