import { searchCases, parseCaseQuery } from '../../shared/caseQuery'
import type { CaseRow } from '../../shared/contract'
import { EmendError } from '../../shared/errors'
import { verifiedStructures } from '../../shared/labels/status'
import type { Workspace } from '../jobs/workspace'
import { table, type Terminal } from './terminal'
import type { parseVerb } from './verb'
import { structuresIn } from '../library/structures'

/** What the verbs of a library have in common. */

export const libraryOptions = {
  library: { type: 'string' },
  structures: { type: 'string' },
  status: { type: 'string' },
  labels: { type: 'string' },
  out: { type: 'string' },
  format: { type: 'string' },
  force: { type: 'boolean' },
  deidentify: { type: 'boolean' },
  'name-patient': { type: 'boolean' },
  steps: { type: 'string' },
  where: { type: 'string' },
  from: { type: 'string' },
  check: { type: 'boolean' },
  strategy: { type: 'string' },
  not: { type: 'string' },
  kind: { type: 'string' },
  text: { type: 'string' },
  reason: { type: 'string' },
  pick: { type: 'string' },
  schema: { type: 'string' },
  verified: { type: 'boolean' },
  role: { type: 'string' },
  user: { type: 'string' },
  once: { type: 'boolean' },
  settle: { type: 'string' },
  margin: { type: 'string' },
  'older-than': { type: 'string' },
  unlabelled: { type: 'boolean' },
  open: { type: 'boolean' },
  new: { type: 'string' },
  segment: { type: 'boolean' },
  json: { type: 'boolean' },
} as const

export type Values = ReturnType<typeof parseVerb<typeof libraryOptions>>['values']

/** A verb of the library's own: what it takes, and what it does with an open library. */
export interface Subverb {
  readonly takes: readonly string[]
  /** 0 where it also works without any of these. */
  readonly least?: 0
  /** An onlooker only reads, a guest adds to it; both work beside a window. 'owner' where absent. */
  readonly access?: 'onlooker' | 'guest'
  run(workspace: Workspace, args: readonly string[], values: Values, terminal: Terminal): Promise<void>
  /** Works on the folder, with no library open; instead of `run`. */
  alone?(path: string, args: readonly string[], values: Values, terminal: Terminal): Promise<void>
}

export const searchHelp = `
A search is words that must all hold; quotes keep words together, and a minus before a word means that it must not hold:
  status:corrected liver:corrected open:liver reader:NAME model:NAME[@VERSION] modality:CT role:hold-out
  after:2026-01-31 before:2026-02 (last change) imported-after: imported-before: study-after: study-before:
  'score<0.8' 'doubt>0.1' 'disagreement>=0.2' (< <= > >=)
  is:open is:reviewed is:unsegmented is:warning is:flagged is:commented is:second is:arbitrate
reader: finds whoever decided or saved in the case, by a part of the name; days are those of this machine`

/** Says so where an export is not on record, as it has to be where it can. */
export function tellUnrecorded(isOnRecord: boolean, terminal: Terminal): void {
  if (!isOnRecord) terminal.warn(['this export is not on record: the library cannot be written'])
}

/** The worklist, or what a search finds in it. */
export function foundCases(workspace: Workspace, where: string | undefined, terminal: Terminal): readonly CaseRow[] {
  const structuresOf = structuresIn(workspace.library)
  const rows = workspace.listCases()
  if (where === undefined) return rows
  terminal.warn([...parseCaseQuery(where, structuresOf).faults])
  return searchCases(rows, where, structuresOf)
}

/** @throws EmendError where no case, or more than one, has an id that begins so. */
export function caseOf(workspace: Workspace, id: string): CaseRow {
  const found = workspace.listCases().filter((row) => row.id.toLowerCase().startsWith(id.toLowerCase()))
  if (found.length === 1) return found[0]
  throw new EmendError(
    found.length === 0 ? `the library has no case ${id}` : `${found.length} cases have an id that begins with ${id}`,
    { hint: "'emend library list' names them" },
  )
}

export function worklist(rows: readonly CaseRow[]): string {
  if (rows.length === 0) return 'no cases'
  return table(
    rows.map(({ id, title, modality, dims, model, statuses }) => [
      id,
      modality,
      dims.join(' x '),
      title,
      model ?? 'not segmented',
      `${verifiedStructures(statuses).length} verified`,
    ]),
  )
}
