import { readFile } from 'node:fs/promises'
import * as v from 'valibot'
import { count } from '../../shared/count'
import { EmendError, oneLine } from '../../shared/errors'
import { NewSchema } from '../../shared/labels/siteStructures'
import type { SchemaRow } from '../../shared/site'
import { caseOf, worklist, type Subverb } from './librarySubverb'
import { table } from './terminal'

export const schemasHelp = `
  schemas                 * the label schemas: those that ship, and the site's own
  make-schema FILE.json   makes one of the site's own, as {"title": "Psoas", "structures": [{"title": "Left psoas muscle",
                          "color": "#56b4e9", "kind": "organ", "code": null}]}; kind is organ or lesion, code SNOMED CT's
  use-schema NAME         new cases get it from now on; the next cycle trains its model on, or makes its first one
  assign-schema NAME CASE...   has cases in which nothing is decided labelled by it; what they have by another schema
                          stays in their history`

/** Label schemas, and which of them is in use. */
export const schemaSubverbs: Readonly<Record<string, Subverb>> = {
  schemas: {
    takes: [],
    access: 'onlooker',
    run: async (workspace, _args, { json }, terminal) => terminal.result(workspace.site.schemas(), json, schemaList),
  },
  'make-schema': {
    takes: ['FILE.json'],
    async run(workspace, [path], { json }, terminal) {
      terminal.result(workspace.site.makeSchema(await readSchema(path)), json, schemaList)
    },
  },
  'use-schema': {
    takes: ['NAME'],
    async run(workspace, [name], { json }, terminal) {
      terminal.result(workspace.site.useSchema(name), json, schemaList)
    },
  },
  'assign-schema': {
    takes: ['NAME', 'CASE...'],
    async run(workspace, [name, ...cases], { json }, terminal) {
      const ids = cases.map((id) => caseOf(workspace, id).id)
      terminal.result(workspace.site.assignSchema(name, ids), json, worklist)
    },
  },
}

/** @throws EmendError that names the file and what is wrong with it */
async function readSchema(path: string): Promise<NewSchema> {
  try {
    return v.parse(NewSchema, JSON.parse(await readFile(path, 'utf8')))
  } catch (error) {
    const where = v.isValiError(error) ? `${v.getDotPath(error.issues[0]) ?? 'the file'}: ` : ''
    throw new EmendError(`${path} describes no schema: ${where}${oneLine(error)}`, {
      hint: "'emend library --help' shows one",
    })
  }
}

function schemaList(rows: readonly SchemaRow[]): string {
  return table(
    rows.map(({ name, title, structures, cases, inUse, ships }) => [
      inUse ? '*' : ' ',
      name,
      title,
      count(structures.length, 'structure'),
      count(cases, 'case'),
      ships ? 'comes with Emend' : "the site's own",
    ]),
  )
}
