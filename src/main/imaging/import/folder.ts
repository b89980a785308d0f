import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { EmendError } from '../../../shared/errors'
import type { Handler } from './handler'
import { fileSource } from './source'

/** A folder: what lies in it, by name; hidden files and archivers' leftovers are not images. */
export const folder: Handler = async ({ path }) => {
  if (path === undefined || !(await isFolder(path))) return null
  const entries = await readdir(path, { withFileTypes: true })
  const sources = entries
    .filter((entry) => !isLeftover(entry.name) && (entry.isFile() || entry.isDirectory()))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((entry) => fileSource(join(path, entry.name)))
  return { kind: 'sources', sources }
}

export function isLeftover(name: string): boolean {
  return name.startsWith('.') || name === '__MACOSX' || name === 'Thumbs.db'
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (error) {
    throw new EmendError(`${path} is not there, or may not be read`, { cause: error })
  }
}
