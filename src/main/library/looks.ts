import { existsSync, readFileSync } from 'node:fs'
import * as v from 'valibot'
import { EmendError } from '../../shared/errors'
import { StructureLook, titleObstacle, looksOf, withLooks, type Looks } from '../../shared/labels/looks'
import type { LabelSchema } from '../../shared/labels/schema'
import { writeFileAtomic } from '../imaging/atomicFile'
import { recordAudit } from './audit'
import type { Library } from './library'
import { libraryPaths } from './paths'
import { librarySchema } from './structures'

/** `looks.json`: names and colours that this library gives to structures, by schema and structure. */
const File = v.strictObject({
  format: v.literal('emend-looks/1'),
  looks: v.record(v.string(), v.record(v.string(), StructureLook)),
})

/** A schema as this library calls and colours it. @throws EmendError where there is no such schema, or the file is damaged */
export function schemaOf(library: Library, name: string): LabelSchema {
  return withLooks(librarySchema(library, name), read(library)[name] ?? {})
}

/**
 * Names and colours structures in the whole library; the audit says who did and what was before. What a schema's ids,
 * names and codes mean stays as it is.
 *
 * @throws EmendError where the schema has no such structure, or two would be called the same
 */
export async function setLooks(library: Library, schema: string, looks: Looks): Promise<void> {
  const before = looksOf(schemaOf(library, schema))
  const after = { ...before, ...looks }
  for (const [structure, { title }] of Object.entries(looks)) {
    if (!before[structure]) throw new EmendError(`the schema ${schema} has no structure ${structure}`)
    const obstacle = titleObstacle(structure, title, after)
    if (obstacle !== null) throw new EmendError(obstacle)
  }
  const all = read(library)
  const file: v.InferOutput<typeof File> = {
    format: 'emend-looks/1',
    looks: { ...all, [schema]: { ...all[schema], ...looks } },
  }
  await writeFileAtomic(libraryPaths.looks(library.root), `${JSON.stringify(file, null, 2)}\n`)
  const said = ({ title, color }: StructureLook): string => `'${title}' ${color}`
  for (const [structure, look] of Object.entries(looks)) {
    recordAudit(library, 'look', `${schema}/${structure}`, `${said(look)}, before ${said(before[structure])}`)
  }
}

function read({ root }: Library): Readonly<Record<string, Looks>> {
  const path = libraryPaths.looks(root)
  if (!existsSync(path)) return {}
  try {
    return v.parse(File, JSON.parse(readFileSync(path, 'utf8'))).looks
  } catch (cause) {
    throw new EmendError(`${path} is damaged`, { hint: 'restore it from a backup, or remove it', cause })
  }
}
