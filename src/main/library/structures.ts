import * as v from 'valibot'
import { EmendError, oneLine } from '../../shared/errors'
import { builtinSchemas, ownStructures, schemaWith } from '../../shared/labels/builtin'
import { Structure, withStructures, type LabelSchema } from '../../shared/labels/schema'
import { slugOf, structureOf, type NewSchema, type NewStructure } from '../../shared/labels/siteStructures'
import { recordAudit } from './audit'
import type { Library } from './library'
import { requireRole } from './members'
import { readSetting, writeSetting } from './settingsTable'

/*
 * Structures that a site added to schemas that ship with Emend, or that its own schemas have, by the schema's name. They
 * are never taken away again: label maps hold their ids.
 */
const SETTING = 'structures'
const Stored = v.record(v.string(), v.array(Structure))

/** What the site's own schemas are called, by name. */
const TITLES = 'schemas'
const Titles = v.record(v.string(), v.string())

/** In schemas that ship, ids from here on are a site's own. */
const FIRST_ID = 200
const LAST_ID = 254

/** A schema as this library has it. @throws EmendError where there is no such schema */
export function librarySchema(library: Library, name: string): LabelSchema {
  const own = stored(library)[name] ?? []
  if (own.length === 0 && !builtinSchemas.includes(name)) {
    throw new EmendError(`there is no label schema '${name}'`, {
      hint: `known schemas: ${schemaNames(library).join(', ')}`,
    })
  }
  return schemaWith(name, own, titles(library)[name])
}

/** The names of all schemas: those that ship, then the site's own. */
export function schemaNames(library: Library): string[] {
  return [...builtinSchemas, ...Object.keys(titles(library))]
}

/**
 * Makes a schema of the site's own.
 * @throws EmendError where one is called so already, a name cannot be, or the user's role does not allow it
 */
export function addSchema(library: Library, { title, structures }: NewSchema): LabelSchema {
  requireRole(library, 'administrator', 'make a schema', title)
  const name = slugOf(title)
  if (name === '') throw new EmendError(`a schema cannot be called '${title}'`, { hint: 'use letters or digits' })
  if (schemaNames(library).includes(name)) throw new EmendError(`there is a schema ${name} already`)
  return library.database.transaction(() => {
    keepTitle(library, name, title)
    const made: Structure[] = []
    for (const structure of structures) {
      made.push(structureFrom(structure, freeId(name, made), { name, structures: made }))
    }
    for (const structure of made) keep(library, name, structure)
    return librarySchema(library, name)
  })
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
export function addStructure(library: Library, schema: string, structure: NewStructure): Structure {
  requireRole(library, 'administrator', 'add a structure', schema)
  const known = librarySchema(library, schema)
  const added = structureFrom(structure, freeId(schema, known.structures), known)
  keep(library, schema, added)
  return added
}

/** @throws EmendError where the schema has one that is called so, or it cannot be called so */
function structureFrom(
  structure: NewStructure,
  id: number,
  { name: schema, structures }: Pick<LabelSchema, 'name' | 'structures'>,
): Structure {
  const { title } = structure
  const name = slugOf(title)
  if (name === '') throw new EmendError(`a structure cannot be called '${title}'`, { hint: 'use letters or digits' })
  const taken = structures.some((one) => one.name === name || one.title.toLowerCase() === title.toLowerCase())
  if (taken) throw new EmendError(`the schema ${schema} has a structure ${title} already`)
  return structureOf(structure, id)
}

/**
 * Takes over the structures that a model from elsewhere brings along.
 * @throws EmendError where their ids are other structures' here
 */
export function adoptStructures(library: Library, schema: LabelSchema): void {
  const { name } = schema
  const fresh = ownStructures(schema)
  const known = knownSchema(library, schema)
  try {
    const other = fresh.find((one) => known.structures.some((mine) => mine.name === one.name && mine.id !== one.id))
    if (other) throw new RangeError(`${other.name} has another id here`)
    withStructures(known, fresh)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new EmendError(`the model's structures do not go with this library's: ${oneLine(error)}`)
  }
  const mine = new Set(known.structures.map((one) => one.name))
  library.database.transaction(() => {
    if (!schemaNames(library).includes(name)) keepTitle(library, name, schema.title)
    for (const structure of fresh) if (!mine.has(structure.name)) keep(library, name, structure)
  })
}

/**
 * Takes over the structures that a data set from elsewhere brings along. One that is called the same here is the same; one
 * that is not here yet keeps its id where that is free.
 * @returns ids of the data set's structures that are others here, and what they are here
 * @throws EmendError where the user's role does not allow it, or there is no room
 */
export function joinStructures(library: Library, schema: LabelSchema): ReadonlyMap<number, number> {
  const { name } = schema
  const ids = new Map<number, number>()
  if (!schemaNames(library).includes(name)) {
    requireRole(library, 'administrator', 'make a schema', name)
    keepTitle(library, name, schema.title)
  }
  for (const theirs of ownStructures(schema)) {
    const known = knownSchema(library, schema).structures
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
  const first = builtinSchemas.includes(schema) ? FIRST_ID : 1
  const id = Math.max(first - 1, ...structures.map((one) => one.id)) + 1
  if (id > LAST_ID) throw new EmendError(`the schema ${schema} has no room for another structure`)
  return id
}

/** What the library knows of a schema from elsewhere: of one that is new here, nothing yet. */
function knownSchema(library: Library, { name, title }: LabelSchema): LabelSchema {
  const isKnown = builtinSchemas.includes(name) || (stored(library)[name] ?? []).length > 0
  return isKnown ? librarySchema(library, name) : { name, title, structures: [] }
}

function keepTitle(library: Library, schema: string, title: string): void {
  writeSetting(library, TITLES, { ...titles(library), [schema]: title })
  recordAudit(library, 'schema', schema, `is a schema of this site: '${title}'`)
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

function titles(library: Library): v.InferOutput<typeof Titles> {
  return readSetting(library, TITLES, Titles) ?? {}
}
