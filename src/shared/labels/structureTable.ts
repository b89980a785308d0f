import * as v from 'valibot'
import builtin from '../../../resources/structure-names.json'
import { EmendError } from '../errors'
import type { Code, LabelSchema, Structure } from './schema'
import { SITE_CODES } from './siteStructures'

/**
 * What other programs call the structures of our schemas: by structure name, further codes ('SCT:10200004', with its
 * laterality 'SCT:64033007+24028007') and names. Names are compared by their words, whatever their order and case, and
 * r and l read as right and left. Under '-' stands what is to be left out.
 */
const StructureTable = v.record(
  v.string(),
  v.strictObject({ codes: v.optional(v.array(v.string()), []), names: v.optional(v.array(v.string()), []) }),
)
export type StructureTable = v.InferOutput<typeof StructureTable>

export const builtinStructureTable: StructureTable = v.parse(StructureTable, builtin)

const LEFT_OUT = '-'

/** A user's own table. @throws EmendError where it is no table; `path` names the file there */
export function parseStructureTable(text: string, path: string): StructureTable {
  try {
    return v.parse(StructureTable, JSON.parse(text))
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'it is no table'
    throw new EmendError(`${path} is no table of structure names: ${why}`, {
      hint: 'it looks like {"liver": {"names": ["Leber"], "codes": ["SCT:10200004"]}}',
      cause,
    })
  }
}

/** What a file says of one of its segments or regions. */
export interface Named {
  readonly label: string
  readonly type?: Code | undefined
  readonly modifier?: Code | undefined
}

/**
 * The schema's structure that a segment of another program is, or undefined. The user's table goes before the schema's
 * own codes and names, and these before the built-in table; in each, codes go before names, but for Emend's own, which
 * older files have cut so short that several structures share one.
 */
export function matchStructure(named: Named, schema: LabelSchema, user: StructureTable = {}): Structure | undefined {
  const code = named.type && codeKey(named.type, named.modifier)
  const words = wordsOf(named.label)
  const tables: StructureTable[] = [user, tableOf(schema), builtinStructureTable]
  for (const table of tables) {
    const byCode = fitting(table, schema, ({ codes }) => code !== undefined && codes.includes(code))
    const byName = fitting(table, schema, ({ names }) => words !== '' && names.some((name) => wordsOf(name) === words))
    // A code that several claim says nothing.
    const coded = byCode.length === 1 ? byCode[0] : undefined
    const found = named.type?.scheme === SITE_CODES ? (byName[0] ?? coded) : (coded ?? byName[0])
    if (found === LEFT_OUT) return undefined
    if (found !== undefined) return schema.structures.find(({ name }) => name === found)
  }
  return undefined
}

/** The table's fitting entries that the schema has a structure for. */
function fitting(
  table: StructureTable,
  schema: LabelSchema,
  fits: (entry: StructureTable[string]) => boolean,
): string[] {
  const known = new Set([LEFT_OUT, ...schema.structures.map(({ name }) => name)])
  return Object.keys(table).filter((name) => known.has(name) && fits(table[name]))
}

function tableOf({ structures }: LabelSchema): StructureTable {
  return Object.fromEntries(
    structures.map(({ name, title, type, modifier }) => [
      name,
      { codes: [codeKey(type, modifier)], names: [name, title] },
    ]),
  )
}

function codeKey(type: Code, modifier: Code | undefined): string {
  return `${type.scheme}:${type.value}${modifier ? `+${modifier.value}` : ''}`
}

const sides: Readonly<Record<string, string>> = { r: 'right', rt: 'right', l: 'left', lt: 'left' }

/** 'Kidney_L' and 'left kidney' alike: 'kidney left'. */
function wordsOf(name: string): string {
  return name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean)
    .map((word) => sides[word] ?? word)
    .sort()
    .join(' ')
}
