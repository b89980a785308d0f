import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const repository = join(dirname(fileURLToPath(import.meta.url)), '..')
const root = process.env['EMEND_DATA'] ?? join(repository, '..', 'shared', 'data')

/** A file or folder of the real data that tests measure on, or null where this machine does not have it. */
export function dataPath(...parts: string[]): string | null {
  const path = join(root, ...parts)
  return existsSync(path) ? path : null
}
