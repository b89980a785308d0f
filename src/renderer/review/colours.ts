import { safeColours } from '../../shared/labels/safeColours'
import type { Structure } from '../../shared/labels/schema'

/** Sets of colours that the structures may have on the screen. What an export carries is always the schema's. */
export const colourSets = ['schema', 'safe'] as const
export type ColourSet = (typeof colourSets)[number]

export const colourSetTitles: Readonly<Record<ColourSet, string>> = {
  schema: "The schema's",
  safe: 'Safe for colour-blind readers',
}

/** The structures with the colours of a set; beyond the set's end its colours begin again. */
export function coloured(structures: readonly Structure[], set: ColourSet): readonly Structure[] {
  if (set === 'schema') return structures
  return structures.map((structure, n) => ({ ...structure, color: safeColours[n % safeColours.length] }))
}
