import * as v from 'valibot'
import type { LabelSchema } from './schema'

/** How a structure is called and coloured where a library wants it otherwise than its schema; codes stay the schema's. */
export const StructureLook = v.strictObject({
  /** A DICOM segment label takes 64 characters. */
  title: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(64)),
  /** '#rrggbb' */
  color: v.pipe(v.string(), v.regex(/^#[0-9a-f]{6}$/)),
})
export type StructureLook = v.InferOutput<typeof StructureLook>

/** By the structure's name. */
export type Looks = Readonly<Record<string, StructureLook>>

export function looksOf({ structures }: LabelSchema): Looks {
  return Object.fromEntries(structures.map(({ name, title, color }) => [name, { title, color }]))
}

/** The schema with its structures called and coloured so; a look of a structure that it has not is left out. */
export function withLooks(schema: LabelSchema, looks: Looks): LabelSchema {
  return { ...schema, structures: schema.structures.map((structure) => ({ ...structure, ...looks[structure.name] })) }
}

export function sameLook(a: StructureLook, b: StructureLook): boolean {
  return a.title === b.title && a.color === b.color
}

/** Why a structure cannot be called so among the others, in one line; null where it can. */
export function titleObstacle(name: string, title: string, looks: Looks): string | null {
  const wanted = title.trim()
  if (wanted === '') return 'A structure needs a name'
  if (wanted.length > 64) return 'A name has 64 characters at most'
  const taken = Object.entries(looks).some(
    ([other, look]) => other !== name && look.title.toLowerCase() === wanted.toLowerCase(),
  )
  return taken ? `Another structure is called ${wanted} already` : null
}
