import { mkdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { writeFileAtomic } from '../imaging/atomicFile'
import { configFolder } from '../pacs/servers'

/**
 * Which library to open: `--library DIR` (or `--library=DIR`), else EMEND_LIBRARY, else the one that this user chose in the
 * window, else `Emend` in the home folder.
 */
export function libraryPath(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  chosen: string | null = chosenLibrary(),
): string {
  const joined = args.find((arg) => arg.startsWith('--library='))
  const at = args.indexOf('--library')
  const given = joined?.slice('--library='.length) ?? (at >= 0 ? args[at + 1] : undefined)
  return resolve(given || env.EMEND_LIBRARY || chosen || join(homedir(), 'Emend'))
}

/** The arguments of a start with another library, in one word: Electron's relaunch puts switches before all other arguments. */
export function withLibrary(args: readonly string[], library: string): string[] {
  const others = args.filter((arg, n) => !arg.startsWith('--library') && args[n - 1] !== '--library')
  return [...others, `--library=${library}`]
}

const choicePath = (folder: string): string => join(folder, 'library.json')

/** The library that this user chose in the window; null where none was, or nobody can tell any more. */
export function chosenLibrary(folder: string = configFolder()): string | null {
  try {
    const { library } = JSON.parse(readFileSync(choicePath(folder), 'utf8')) as { library?: unknown }
    return typeof library === 'string' && library !== '' ? library : null
  } catch {
    return null
  }
}

/** Has Emend open this library from now on. */
export async function chooseLibrary(library: string, folder: string = configFolder()): Promise<void> {
  const path = choicePath(folder)
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  await writeFileAtomic(path, `${JSON.stringify({ library }, null, 2)}\n`)
}
