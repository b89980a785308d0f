import * as v from 'valibot'
import type { Library } from './library'

/** What holds for a whole library, a name and a JSON value each. A value that does not fit counts as not set. */
export function readSetting<const S extends v.GenericSchema>(
  library: Library,
  name: string,
  schema: S,
): v.InferOutput<S> | null {
  const row = library.database.get<{ value: string }>('SELECT value FROM settings WHERE name = ?', name)
  const read = row && v.safeParse(schema, JSON.parse(row.value))
  return read?.success ? read.output : null
}

export function writeSetting(library: Library, name: string, value: unknown): void {
  library.database.run(
    'INSERT INTO settings VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
    name,
    JSON.stringify(value),
  )
}
