import * as v from 'valibot'

/** Not annotated: ignored by losses and by metrics. */
export const NOT_ANNOTATED = 255
export const BACKGROUND = 0

/** A code as DICOM writes it: value, scheme, meaning. */
const Code = v.strictObject({
  value: v.pipe(v.string(), v.minLength(1)),
  scheme: v.optional(v.string(), 'SCT'),
  meaning: v.pipe(v.string(), v.minLength(1)),
})
export type Code = v.InferOutput<typeof Code>

export const Structure = v.strictObject({
  /** Voxel value, 1 to 254. */
  id: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(254)),
  /** How files and the command line name it: lower case, words joined by '-'. */
  name: v.pipe(v.string(), v.regex(/^[a-z0-9]+(-[a-z0-9]+)*$/)),
  /** How people read it. */
  title: v.pipe(v.string(), v.minLength(1)),
  kind: v.picklist(['organ', 'lesion']),
  /** '#rrggbb' */
  color: v.pipe(v.string(), v.regex(/^#[0-9a-f]{6}$/)),
  category: Code,
  type: Code,
  /** Laterality, where the type alone does not say it. */
  modifier: v.optional(Code),
  /** Tolerance of the normalised surface distance, mm. */
  nsdToleranceMm: v.pipe(v.number(), v.gtValue(0)),
  /** Scored only within the reference's extent along the third axis, as FLARE does for tubular organs. */
  scoredWithinReference: v.optional(v.boolean(), false),
})
export type Structure = v.InferOutput<typeof Structure>

export const LabelSchema = v.pipe(
  v.strictObject({
    name: v.pipe(v.string(), v.regex(/^[a-z0-9-]+$/)),
    title: v.string(),
    structures: v.pipe(v.array(Structure), v.minLength(1)),
  }),
  v.check((s) => new Set(s.structures.map((t) => t.id)).size === s.structures.length, 'two structures share an id'),
  v.check((s) => new Set(s.structures.map((t) => t.name)).size === s.structures.length, 'two structures share a name'),
)
export type LabelSchema = v.InferOutput<typeof LabelSchema>

/**
 * A schema with structures of a site's own after its own; those that it has already are left out.
 * @throws RangeError where two of different names share an id.
 */
export function withStructures(schema: LabelSchema, more: readonly Structure[]): LabelSchema {
  const fresh = more.filter(({ name }) => !schema.structures.some((structure) => structure.name === name))
  if (fresh.length === 0) return schema
  const clash = fresh.find(({ id }) => schema.structures.some((structure) => structure.id === id))
  if (clash) throw new RangeError(`${clash.name} has the id ${clash.id}, which is another structure's`)
  return { ...schema, structures: [...schema.structures, ...fresh] }
}

/** @throws RangeError where the schema has no such structure. */
export function structureNamed(schema: LabelSchema, name: string): Structure {
  const found = schema.structures.find((s) => s.name === name)
  if (!found) {
    const known = schema.structures.map((s) => s.name).join(', ')
    throw new RangeError(`the schema ${schema.name} has no structure '${name}'; it has ${known}`)
  }
  return found
}
