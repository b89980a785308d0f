import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** Which library to open: `--library DIR` (or `--library=DIR`), else EMEND_LIBRARY, else `Emend` in the home folder. */
export function libraryPath(args: readonly string[], env: Readonly<Record<string, string | undefined>>): string {
  const joined = args.find((arg) => arg.startsWith('--library='))
  const at = args.indexOf('--library')
  const given = joined?.slice('--library='.length) ?? (at >= 0 ? args[at + 1] : undefined)
  return resolve(given || env.EMEND_LIBRARY || join(homedir(), 'Emend'))
}
