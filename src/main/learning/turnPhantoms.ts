import { join } from 'node:path'
import { schemaNamed } from '../../shared/labels/builtin'
import type { LabelSchema } from '../../shared/labels/schema'
import type { Work } from '../../shared/progress'
import type { Library } from '../library/library'
import { firstHoldOutSeed, PHANTOM_SCHEMA, phantomCases } from './phantomCases'
import type { CaseSource, HoldOutCases } from './trainingData'

/** Seeds of the phantoms that a turn replays beside the corrections, and of those that stand for a hold-out. */
export interface TurnPhantoms {
  readonly replayed: readonly number[]
  readonly heldOut: readonly number[]
}

/** Replayed phantoms lie below the hold-out's seeds and above what training sets use. */
const defaultPhantoms: TurnPhantoms = {
  replayed: [0, 1].map((n) => 800_000_000 + n),
  heldOut: [0, 1, 2].map((n) => firstHoldOutSeed + n),
}

/** Phantoms against forgetting; none where the schema has none. */
export function replayedPhantoms(
  library: Library,
  schema: LabelSchema,
  { replayed }: TurnPhantoms = defaultPhantoms,
  work: Work,
): CaseSource[] {
  if (schema.name !== PHANTOM_SCHEMA) return []
  return phantomCases(phantomFolder(library), replayed, work).map((source) => knownOnly(source, schema))
}

/** Phantoms that stand for a hold-out where the library has none yet; null where the schema has none. */
export function heldOutPhantoms(
  library: Library,
  schema: LabelSchema,
  { heldOut }: TurnPhantoms = defaultPhantoms,
  work: Work,
): HoldOutCases | null {
  if (schema.name !== PHANTOM_SCHEMA) return null
  const cases = phantomCases(phantomFolder(library), heldOut, work).map((source) => knownOnly(source, schema))
  return { name: `phantoms-${heldOut.length}`, cases }
}

function phantomFolder(library: Library): string {
  return join(library.root, 'phantoms')
}

/** Of what a site added, phantoms have nothing, and say nothing. */
function knownOnly(source: CaseSource, { structures }: LabelSchema): CaseSource {
  const shipped = schemaNamed(PHANTOM_SCHEMA).structures.map(({ name }) => name)
  return structures.every(({ name }) => shipped.includes(name)) ? source : { ...source, annotated: shipped }
}
