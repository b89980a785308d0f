import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import * as v from 'valibot'
import { EmendError } from '../../shared/errors'
import { writeFileAtomic } from '../imaging/atomicFile'
import { recordAudit } from './audit'
import type { Library } from './library'
import { requireRole } from './members'
import { libraryPaths } from './paths'

/** How a library hides whom its cases are of: kept in the library, so that a patient's series stay together. */
const Deidentification = v.strictObject({
  format: v.literal('emend-deidentification/1'),
  /** Whether every import is de-identified without being asked. */
  always: v.boolean(),
  /** Secret that pseudonyms and UIDs come from. Without it they cannot be traced back; with it they can be checked. */
  key: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
})
type Deidentification = v.InferOutput<typeof Deidentification>

/** Whether every import of this library is de-identified. @throws EmendError where the file is damaged */
export async function alwaysDeidentifies(library: Library): Promise<boolean> {
  return (await read(library))?.always ?? false
}

/**
 * Has every import from now on be de-identified, or none but those that ask for it.
 * @throws EmendError where the user's role does not allow it
 */
export async function setAlwaysDeidentifies(library: Library, always: boolean): Promise<void> {
  if (always === (await alwaysDeidentifies(library))) return
  requireRole(library, 'administrator', 'change whether imports are de-identified')
  const { key } = await ensured(library)
  await write(library, { format: 'emend-deidentification/1', always, key })
  recordAudit(library, 'settings', null, always ? 'imports are de-identified' : 'imports keep their identity')
}

/**
 * What an import hides identity with; null where it stays.
 * @param asked whether it is to be hidden; as the library's setting says where it is left out
 */
export async function hidingKey(library: Library, asked?: boolean): Promise<string | null> {
  return (asked ?? (await alwaysDeidentifies(library))) ? deidentificationKey(library) : null
}

/** The library's secret, made when first asked for. @throws EmendError where the file is damaged */
export async function deidentificationKey(library: Library): Promise<string> {
  return (await ensured(library)).key
}

async function ensured(library: Library): Promise<Deidentification> {
  const there = await read(library)
  if (there) return there
  await write(library, { format: 'emend-deidentification/1', always: false, key: randomBytes(32).toString('hex') })
  return ensured(library)
}

async function read({ root }: Library): Promise<Deidentification | null> {
  const path = libraryPaths.deidentification(root)
  if (!existsSync(path)) return null
  try {
    return v.parse(Deidentification, JSON.parse(await readFile(path, 'utf8')))
  } catch (cause) {
    throw new EmendError(`${path} is damaged, so an import could not be de-identified as those before`, {
      hint: 'restore it from a backup',
      cause,
    })
  }
}

function write({ root }: Library, settings: Deidentification): Promise<void> {
  return writeFileAtomic(libraryPaths.deidentification(root), `${JSON.stringify(settings, null, 2)}\n`)
}
