import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The folder of the app (or the repository) that this code runs from: where package.json, models/ and out/ lie. */
export function appFolder(from: string = import.meta.dirname): string {
  if (existsSync(join(from, 'package.json'))) return from
  const above = dirname(from)
  if (above === from) throw new Error('Emend’s own folder cannot be found: no package.json above this file')
  return appFolder(above)
}
