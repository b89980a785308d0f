import * as v from 'valibot'
import flare23 from '../../../resources/schemas/flare23.json'
import headNeck from '../../../resources/schemas/head-neck.json'
import hippocampus from '../../../resources/schemas/hippocampus.json'
import { EmendError } from '../errors'
import { LabelSchema, withStructures, type Structure } from './schema'

const builtin: ReadonlyMap<string, LabelSchema> = new Map(
  [flare23, hippocampus, headNeck].map((json) => {
    const schema = v.parse(LabelSchema, json)
    return [schema.name, schema]
  }),
)

/** The names of the schemas that ship with Emend. */
export const builtinSchemas: readonly string[] = [...builtin.keys()]

/**
 * A schema with structures of a site's own after those that ship; one that does not ship is a site's own as a whole.
 * @param title of a schema of a site's own; its name where left out
 * @throws EmendError where it does not ship and there is no structure
 * @throws RangeError where two of different names share an id
 */
export function schemaWith(name: string, structures: readonly Structure[], title: string = name): LabelSchema {
  if (builtin.has(name) || structures.length === 0) return withStructures(schemaNamed(name), structures)
  return { name, title, structures: [...structures] }
}

/** Of a schema what does not ship with Emend: a site's own. */
export function ownStructures({ name, structures }: LabelSchema): Structure[] {
  const shipped = new Set(builtin.get(name)?.structures.map((structure) => structure.name))
  return structures.filter((structure) => !shipped.has(structure.name))
}

/** @throws EmendError where no schema of that name ships with Emend. */
export function schemaNamed(name: string): LabelSchema {
  const schema = builtin.get(name)
  if (!schema) {
    throw new EmendError(`there is no label schema '${name}'`, { hint: `known schemas: ${builtinSchemas.join(', ')}` })
  }
  return schema
}
