import * as v from 'valibot'
import { recordAudit } from './audit'
import type { Library } from './library'
import { libraryPaths } from './paths'
import { readSetting, writeSetting } from './settingsTable'

/** A model version by its name. */
const Teaching = v.strictObject({ name: v.string(), version: v.number() })
export type Teaching = v.InferOutput<typeof Teaching>

const SETTING = 'teacher'

/**
 * The larger model that each turn of the cycle trains on first and then distils into the one that readers use; null where
 * the library has none. Nobody segments with it unless a person makes it current.
 */
export function teachingModel(library: Library): (Teaching & { readonly folder: string }) | null {
  const teaching = readSetting(library, SETTING, v.nullable(Teaching))
  return teaching && { ...teaching, folder: libraryPaths.model(library.root, teaching.name, teaching.version) }
}

/** @param reason one line for the audit */
export function setTeachingModel(library: Library, teaching: Teaching | null, reason: string): void {
  const kept = teaching && { name: teaching.name, version: teaching.version }
  library.database.transaction(() => {
    writeSetting(library, SETTING, kept)
    recordAudit(library, 'teacher', kept && `${kept.name}@${kept.version}`, reason)
  })
}

/**
 * The newest good version of every model that could teach the current one: of its schema, of another name, and with all
 * that it does.
 */
export function possibleTeachers(library: Library, student: Teaching): Teaching[] {
  const { database } = library
  const taught = database.get<{ schema: string; channels: string }>(
    'SELECT schema, channels FROM models WHERE name = ? AND version = ?',
    student.name,
    student.version,
  )
  if (!taught) return []
  const wanted = JSON.parse(taught.channels) as string[]
  return database
    .all<{ name: string; version: number; channels: string }>(
      `SELECT name, max(version) AS version, channels FROM models WHERE promoted = 1 AND schema = ? AND name <> ?
       GROUP BY name ORDER BY name`,
      taught.schema,
      student.name,
    )
    .filter(({ channels }) => {
      const known = JSON.parse(channels) as string[]
      return wanted.every((channel) => known.includes(channel))
    })
    .map(({ name, version }) => ({ name, version }))
}
