import * as v from 'valibot'
import { EmendError } from '../../shared/errors'
import { DEFAULT_MARGIN, Margin, type Margins } from '../../shared/margins'
import { recordAudit } from './audit'
import type { Library } from './library'
import { requireRole } from './members'
import { currentModel } from './models'
import { readSetting, writeSetting } from './settingsTable'
import { librarySchema } from './structures'

const SETTING = 'margins'
const Stored = v.record(v.string(), Margin)

/** How far each structure may fall in DSC, as this library set it; the gate's own margin for those that are left out. */
export function libraryMargins(library: Library): Readonly<Record<string, number>> {
  return readSetting(library, SETTING, Stored) ?? {}
}

/** The margins of the structures that the current model does, and of those that one was set for. */
export function listMargins(library: Library): Margins {
  const set = libraryMargins(library)
  const structures = structuresOf(library)
  return {
    otherwise: DEFAULT_MARGIN,
    structures: structures
      .filter(({ name, done }) => done || set[name] !== undefined)
      .map(({ name, title }) => ({ structure: name, title, margin: set[name] ?? null })),
  }
}

/**
 * Sets how far a structure may fall before a new model is kept out; null takes that back.
 * @param margin in DSC, 0 to 1
 * @throws EmendError where the current model's schema has no such structure, or the user's role does not allow it
 */
export function setMargin(library: Library, structure: string, margin: number | null): void {
  requireRole(library, 'administrator', 'change how far a structure may fall', structure)
  const known = structuresOf(library).map(({ name }) => name)
  if (!known.includes(structure)) {
    throw new EmendError(`the current model's schema has no structure '${structure}'`, {
      hint: known.length > 0 ? `it has ${known.join(', ')}` : 'choose a model under Learning',
    })
  }
  const checked = v.safeParse(v.nullable(Margin), margin)
  if (!checked.success) throw new EmendError(`the margin of ${structure}: ${checked.issues[0].message}`)
  library.database.transaction(() => {
    const { [structure]: before, ...others } = libraryMargins(library)
    if ((before ?? null) === margin) return
    writeSetting(library, SETTING, margin === null ? others : { ...others, [structure]: margin })
    recordAudit(library, 'margin', structure, margin === null ? `${DEFAULT_MARGIN}, as for others` : `${margin} DSC`)
  })
}

/** All structures of the current model's schema, and whether the model does them; none where there is no model. */
function structuresOf(library: Library): { name: string; title: string; done: boolean }[] {
  const current = currentModel(library)
  if (!current) return []
  const model = library.database.get<{ schema: string; channels: string }>(
    'SELECT schema, channels FROM models WHERE name = ? AND version = ?',
    current.name,
    current.version,
  )
  if (!model) return []
  const channels = new Set(JSON.parse(model.channels) as string[])
  const { structures } = librarySchema(library, model.schema)
  return structures.map(({ name, title }) => ({ name, title, done: channels.has(name) }))
}
