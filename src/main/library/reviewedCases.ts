import { reviewedStructures } from '../../shared/labels/reviewed'
import type { Statuses } from '../../shared/labels/status'
import type { Library } from './library'
import { lastUseOf } from './modelUses'
import { schemaNames, structuresIn } from './structures'

/** A case, as far as it decides which model's structures it is reviewed for. */
export interface LabelledCase {
  readonly schema: string
  /** 'name@version' of the model that its labels come from; null where they come from none. */
  readonly model: string | null
}

/** What models have to do with a case's structures; names in the schema's order. */
export interface Offer {
  /** By the model that labelled it, else by the one in use for its schema; null where the schema has none. */
  readonly offered: readonly string[] | null
  /** What the model looked for that labelled it: of these, what it did not draw it did not find. */
  readonly sought: readonly string[]
}

/** What is offered to cases, for a walk over many: asks once for each model and schema. */
export function offersIn(library: Library): (labelled: LabelledCase) => Offer {
  const structuresOf = structuresIn(library)
  const known = new Map<string, Offer>()
  return ({ schema, model }) => {
    const key = `${schema} ${model}`
    const offer = known.get(key) ?? offerOf(library, structuresOf(schema), { schema, model })
    known.set(key, offer)
    return offer
  }
}

function offerOf(library: Library, structures: readonly string[], { schema, model }: LabelledCase): Offer {
  const named = (channels: readonly string[]): string[] => structures.filter((name) => channels.includes(name))
  const sought = model === null ? null : channelsOf(library, model)
  if (sought) return { offered: named(sought), sought: named(sought) }
  const use = lastUseOf(library, schema)
  const offered = use && channelsOf(library, `${use.name}@${use.version}`)
  return { offered: offered && named(offered), sought: [] }
}

/** What a model's network tells apart; null where the library has no such model. */
function channelsOf({ database }: Library, reference: string): string[] | null {
  const row = database.get<{ channels: string }>(
    "SELECT channels FROM models WHERE name || '@' || version = ?",
    reference,
  )
  return row ? (JSON.parse(row.channels) as string[]) : null
}

/**
 * The structures that each case is reviewed for (`reviewedStructures`), for a walk over many or of one.
 * A case whose schema the library does not know has none.
 */
export function reviewedIn(
  library: Library,
  caseId?: string,
): (row: LabelledCase & { readonly id: string; readonly statuses: Statuses }) => readonly string[] {
  const offerOfCase = offersIn(library)
  const structuresOf = structuresIn(library)
  const schemas = new Set(schemaNames(library))
  // Asked for once something depends on it: where no model offers anything, nothing does.
  let drawn: ReadonlyMap<string, readonly string[]> | null = null
  return ({ id, schema, model, statuses }) => {
    if (!schemas.has(schema)) return []
    const { offered } = offerOfCase({ schema, model })
    const isDrawn = (name: string): boolean => {
      drawn ??= drawnStructures(library, caseId)
      return drawn.get(id)?.includes(name) ?? false
    }
    return reviewedStructures({ structures: structuresOf(schema), offered, statuses, isDrawn })
  }
}

/** By case the structures that its current labels have voxels of. */
function drawnStructures({ database }: Library, caseId?: string): ReadonlyMap<string, readonly string[]> {
  const rows = database.tuples<[string, string]>(
    ['case_id', 'structures'],
    `SELECT case_id, group_concat(structure, '/') AS structures FROM findings
     WHERE volume_ml > 0 ${caseId === undefined ? '' : 'AND case_id = ?'} GROUP BY case_id`,
    ...(caseId === undefined ? [] : [caseId]),
  )
  return new Map(rows.map(([id, structures]) => [id, structures.split('/')]))
}
