import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { readFault } from '../readFault'
import { fileSource, type Source } from './source'

/**
 * What lies in a folder, by name; null where `path` is a file. Hidden files and archivers' leftovers are not images.
 * @throws EmendError where the path does not exist or may not be read
 */
export async function sourcesIn(path: string): Promise<Source[] | null> {
  if (!(await isFolder(path))) return null
  const entries = await readdir(path, { withFileTypes: true }).catch((error: unknown) => {
    throw readFault(path, error)
  })
  return entries
    .filter((entry) => !isLeftover(entry.name) && (entry.isFile() || entry.isDirectory()))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((entry) => fileSource(join(path, entry.name), entry.isFile()))
}

export function isLeftover(name: string): boolean {
  return name.startsWith('.') || name === '__MACOSX' || name === 'Thumbs.db'
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (error) {
    throw readFault(path, error)
  }
}
