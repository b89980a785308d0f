import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isLeftover } from '../imaging/import/folder'

/** What lies in a folder under one name: a file, or a folder with all files in it, however deep. */
export interface FolderItem {
  readonly name: string
  readonly isFile: boolean
  /** Every file with its size and when it was changed: it stays the same while nothing changes. */
  readonly contents: string
}

/** Names that copying and downloading give to what is not whole yet. */
const UNFINISHED = /(^~|\.(part|partial|tmp|crdownload|filepart)$)/i

/**
 * The items of a folder, by name. Hidden files, links and what is being copied are left out, and so are empty folders.
 * @throws where the folder cannot be read
 */
export async function itemsIn(folder: string): Promise<FolderItem[]> {
  const entries = (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1))
  const items: FolderItem[] = []
  for (const entry of entries) {
    if (isLeftOut(entry.name) || !(entry.isFile() || entry.isDirectory())) continue
    const path = join(folder, entry.name)
    const lines = entry.isFile() ? [await line(path, '')] : await linesUnder(path, '')
    const contents = lines.filter((text) => text !== null).join('\n')
    if (contents !== '') items.push({ name: entry.name, isFile: entry.isFile(), contents })
  }
  return items
}

function isLeftOut(name: string): boolean {
  return isLeftover(name) || UNFINISHED.test(name)
}

async function linesUnder(folder: string, under: string): Promise<(string | null)[]> {
  // What is gone by now, or may not be read, is looked at again the next time.
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  const nested = entries
    .filter(({ name }) => !isLeftOut(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(async (entry) => {
      const [path, name] = [join(folder, entry.name), `${under}/${entry.name}`]
      if (entry.isDirectory()) return linesUnder(path, name)
      return entry.isFile() ? [await line(path, name)] : []
    })
  return (await Promise.all(nested)).flat()
}

async function line(path: string, name: string): Promise<string | null> {
  const found = await stat(path).catch(() => null)
  return found && `${name} ${found.size} ${found.mtimeMs}`
}
