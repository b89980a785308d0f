import * as v from 'valibot'
import type { CaseRow } from '../../shared/contract'
import { isDecided } from '../../shared/labels/status'
import type { SchemaRow } from '../../shared/site'
import { EmendError } from '../../shared/errors'
import { builtinSchemas } from '../../shared/labels/builtin'
import { recordAudit } from './audit'
import { getCase } from './cases'
import { forgetLabels } from './findings'
import { hasUnsavedEdits } from './journal'
import type { Library } from './library'
import { requireRole } from './members'
import { readSetting, writeSetting } from './settingsTable'
import { librarySchema, schemaNames } from './structures'

/*
 * Every case is labelled by one schema. A library may hold cases of several, and a model in use for each; one of them is the
 * library's own at a time: new cases get it, and the learning cycle works on it.
 */
const SETTING = 'schemaInUse'
const FIRST = 'flare23'

/** The schema that new cases get and the next model is made for. */
export function schemaInUse(library: Library): string {
  return readSetting(library, SETTING, v.string()) ?? lastUsed(library) ?? FIRST
}

/** Where nobody chose: that of the model that was put to use last. */
function lastUsed({ database }: Library): string | null {
  const row = database.get<{ schema: string }>(
    `SELECT models.schema FROM model_uses JOIN models USING (name, version) ORDER BY model_uses.id DESC LIMIT 1`,
  )
  return row?.schema ?? null
}

/**
 * Takes a schema into use: the model of it that was used last is the current one again; where there is none, the next turn
 * of the cycle makes the first.
 * @throws EmendError where there is no such schema, or the user's role does not allow it
 */
export function useSchema(library: Library, name: string): void {
  requireRole(library, 'administrator', 'choose the schema', name)
  librarySchema(library, name)
  if (name === schemaInUse(library)) return
  library.database.transaction(() => {
    writeSetting(library, SETTING, name)
    recordAudit(library, 'use schema', name, 'for new cases and the next model')
  })
}

/** As `useSchema`, by whoever chooses a model of it. */
export function followModel(library: Library, schema: string): void {
  if (schema !== schemaInUse(library)) writeSetting(library, SETTING, schema)
}

/**
 * Has cases labelled by another schema. Labels mean what their schema says: those that a case has stay in its history,
 * and it has none by the new one until it is labelled. Those by the new one, if it had it before, can be gone back to.
 * @throws EmendError where something in a case is decided, it is being read a second time or has unsaved edits, or there
 * is no such case or schema
 */
export function assignSchema(library: Library, caseIds: readonly string[], name: string): void {
  librarySchema(library, name)
  library.database.transaction(() => {
    for (const id of caseIds) {
      const row = getCase(library, id)
      if (row.schema === name) continue
      requireUndecided(library, row)
      setLabelsAside(library, row, name)
      recordAudit(library, 'schema', id, `is labelled by ${name}, before by ${row.schema}`)
    }
  })
}

function requireUndecided(library: Library, { id, title, schema, statuses, facts }: CaseRow): void {
  const cannot = `${title} cannot change its schema, ${schema}`
  if (isDecided(statuses)) {
    throw new EmendError(`${cannot}: structures of it are decided`, { hint: 'open the case again first' })
  }
  if (facts?.reading) throw new EmendError(`${cannot}: it is being read a second time`)
  if (hasUnsavedEdits(library, id)) {
    throw new EmendError(`${cannot}: it has unsaved edits`, { hint: 'open it: they are done again and saved' })
  }
}

/** Labels by the former schema go out of sight, those by the next one, if there are any, into it. */
function setLabelsAside(library: Library, { id, schema }: CaseRow, next: string): void {
  const { database } = library
  database.run(
    `INSERT INTO former_labels SELECT id, ? FROM revisions
     WHERE case_id = ? AND id NOT IN (SELECT revision FROM former_labels)`,
    schema,
    id,
  )
  database.run(
    'DELETE FROM former_labels WHERE schema = ? AND revision IN (SELECT id FROM revisions WHERE case_id = ?)',
    next,
    id,
  )
  forgetLabels(library, id)
  database.run('UPDATE cases SET schema = ?, changed_at = ? WHERE id = ?', next, new Date().toISOString(), id)
}

/** All schemas of the library, those that ship first. */
export function listSchemas(library: Library): SchemaRow[] {
  const inUse = schemaInUse(library)
  const cases = new Map(
    library.database
      .all<{ schema: string; cases: number }>(
        'SELECT schema, count(*) AS cases FROM cases WHERE removed_at IS NULL GROUP BY schema',
      )
      .map((row) => [row.schema, row.cases]),
  )
  return schemaNames(library).map((name) => {
    const { title, structures } = librarySchema(library, name)
    return {
      name,
      title,
      structures: structures.map((structure) => ({ title: structure.title, color: structure.color })),
      cases: cases.get(name) ?? 0,
      inUse: name === inUse,
      ships: builtinSchemas.includes(name),
    }
  })
}
