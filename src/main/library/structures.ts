import * as v from 'valibot'
import { EmendError, oneLine } from '../../shared/errors'
import { schemaNamed } from '../../shared/labels/builtin'
import { Structure, withStructures, type LabelSchema } from '../../shared/labels/schema'
import { slugOf, type NewStructure } from '../../shared/labels/siteStructures'
import { recordAudit } from './audit'
import type { Library } from './library'
import { requireRole } from './members'
import { readSetting, writeSetting } from './settingsTable'

/*
 * Structures that a site added to schemas that ship with Emend, by the schema's name. They are never taken away again:
 * label maps hold their ids.
 */
const SETTING = 'structures'
const Stored = v.record(v.string(), v.array(Structure))

/** Ids from here on are a site's own; those below belong to the schemas that ship. */
const FIRST_ID = 200
const LAST_ID = 254

/** A schema with the structures that this library added to it. @throws EmendError where there is no such schema */
export function librarySchema(library: Library, name: string): LabelSchema {
  return withStructures(schemaNamed(name), stored(library)[name] ?? [])
}

/** The names of each schema's structures as they are now, for a walk over many cases. */
export function structuresIn(library: Library): (schema: string) => readonly string[] {
  const known = new Map<string, readonly string[]>()
  return (schema) => {
    const names = known.get(schema) ?? librarySchema(library, schema).structures.map(({ name }) => name)
    known.set(schema, names)
    return names
  }
}

/**
 * Adds a structure to a schema of this library, to be drawn and learned.
 * @throws EmendError where one is called so already, the name cannot be, or the user's role does not allow it
 */
export function addStructure(library: Library, schema: string, { title, color, kind, code }: NewStructure): Structure {
  requireRole(library, 'administrator', 'add a structure', schema)
  const name = slugOf(title)
  if (name === '') throw new EmendError(`a structure cannot be called '${title}'`, { hint: 'use letters or digits' })
  const { structures } = librarySchema(library, schema)
  const taken = structures.some((one) => one.name === name || one.title.toLowerCase() === title.toLowerCase())
  if (taken) throw new EmendError(`the schema ${schema} has a structure ${title} already`)
  const id = freeId(schema, structures)
  const structure: Structure = {
    id,
    name,
    title,
    kind,
    color,
    category:
      kind === 'lesion'
        ? { value: '49755003', scheme: 'SCT', meaning: 'Morphologically Abnormal Structure' }
        : { value: '123037004', scheme: 'SCT', meaning: 'Anatomical Structure' },
    // What SNOMED has no code for gets one of Emend's own, as DICOM wants it: at most 16 characters.
    type:
      code === null
        ? { value: name.toUpperCase().slice(0, 16), scheme: '99EMEND', meaning: title }
        : { value: code, scheme: 'SCT', meaning: title },
    nsdToleranceMm: 2,
    scoredWithinReference: false,
  }
  keep(library, schema, structure)
  return structure
}

/**
 * Takes over the structures that a model from elsewhere brings along.
 * @throws EmendError where their ids are other structures' here
 */
export function adoptStructures(library: Library, { name, structures }: LabelSchema): void {
  const fresh = structures.filter((one) => one.id >= FIRST_ID)
  try {
    const known = librarySchema(library, name)
    const other = fresh.find((one) => known.structures.some((mine) => mine.name === one.name && mine.id !== one.id))
    if (other) throw new RangeError(`${other.name} has another id here`)
    withStructures(known, fresh)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new EmendError(`the model's structures do not go with this library's: ${oneLine(error)}`)
  }
  const mine = new Set(librarySchema(library, name).structures.map((one) => one.name))
  for (const structure of fresh) if (!mine.has(structure.name)) keep(library, name, structure)
}

/**
 * Takes over the structures that a data set from elsewhere brings along. One that is called the same here is the same; one
 * that is not here yet keeps its id where that is free.
 * @returns ids of the data set's structures that are others here, and what they are here
 * @throws EmendError where the user's role does not allow it, or there is no room
 */
export function joinStructures(library: Library, { name, structures }: LabelSchema): ReadonlyMap<number, number> {
  const ids = new Map<number, number>()
  for (const theirs of structures.filter(({ id }) => id >= FIRST_ID)) {
    const known = librarySchema(library, name).structures
    const same = known.find((one) => one.name === theirs.name)
    const id = same?.id ?? freeId(name, known, theirs.id)
    if (!same) {
      requireRole(library, 'administrator', 'add a structure', name)
      keep(library, name, { ...theirs, id })
    }
    if (id !== theirs.id) ids.set(theirs.id, id)
  }
  return ids
}

/** An id that no structure has: the one that is wished for, or the next after all. */
function freeId(schema: string, structures: readonly Structure[], wished?: number): number {
  if (wished !== undefined && !structures.some(({ id }) => id === wished)) return wished
  const id = Math.max(FIRST_ID - 1, ...structures.map((one) => one.id)) + 1
  if (id > LAST_ID) throw new EmendError(`the schema ${schema} has no room for another structure`)
  return id
}

function keep(library: Library, schema: string, structure: Structure): void {
  library.database.transaction(() => {
    const all = stored(library)
    writeSetting(library, SETTING, { ...all, [schema]: [...(all[schema] ?? []), structure] })
    recordAudit(library, 'schema', schema, `has a structure '${structure.title}' (${structure.name}, ${structure.id})`)
  })
}

function stored(library: Library): v.InferOutput<typeof Stored> {
  return readSetting(library, SETTING, Stored) ?? {}
}
