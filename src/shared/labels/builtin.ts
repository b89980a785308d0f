import * as v from 'valibot'
import flare23 from '../../../resources/schemas/flare23.json'
import headNeck from '../../../resources/schemas/head-neck.json'
import hippocampus from '../../../resources/schemas/hippocampus.json'
import { EmendError } from '../errors'
import { LabelSchema } from './schema'

const builtin: ReadonlyMap<string, LabelSchema> = new Map(
  [flare23, hippocampus, headNeck].map((json) => {
    const schema = v.parse(LabelSchema, json)
    return [schema.name, schema]
  }),
)

/** The names of the schemas that ship with Emend. */
export const builtinSchemas: readonly string[] = [...builtin.keys()]

/** @throws EmendError where no schema of that name ships with Emend. */
export function schemaNamed(name: string): LabelSchema {
  const schema = builtin.get(name)
  if (!schema) {
    throw new EmendError(`there is no label schema '${name}'`, { hint: `known schemas: ${builtinSchemas.join(', ')}` })
  }
  return schema
}
