import type { Library } from './library'

/** The version of a schema that was put to use last; null where none ever was. */
export function lastUseOf({ database }: Library, schema: string): { name: string; version: number } | null {
  const use = database.get<{ name: string; version: number }>(
    `SELECT name, version FROM model_uses JOIN models USING (name, version) WHERE schema = ?
     ORDER BY model_uses.id DESC LIMIT 1`,
    schema,
  )
  return use ?? null
}
