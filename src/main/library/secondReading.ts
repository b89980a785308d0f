import { EmendError } from '../../shared/errors'
import type { Statuses } from '../../shared/labels/status'
import { agreementOf, type Agreement } from './agreement'
import { caseGrid, getCase } from './cases'
import type { Library } from './library'
import { requireRole } from './members'
import { addNote, listNotes } from './notes'
import { lastReview } from './reviews'
import { addRevision, listRevisions, readRevision, type StoredRevision } from './revisions'
import { librarySchema } from './structures'

/** One of the two readings of a case: its reader's last labels, and what that reader said of each structure. */
export interface Reading {
  readonly reader: string
  readonly revision: string
  readonly statuses: Statuses
}

export interface Readings {
  readonly first: Reading
  /** null while the second reader has saved nothing. */
  readonly second: Reading | null
}

/**
 * Asks for a second, blind reading: the case shows the model's labels again as if nobody had read it, and the first
 * reader's work stays in its history until an arbiter has compared the two. @returns the revision that is shown now.
 *
 * @throws EmendError where nobody has read the case, or a second reading is under way already
 */
export async function askSecondReading(library: Library, caseId: string, reason: string): Promise<StoredRevision> {
  const { title, revision: current, facts } = getCase(library, caseId)
  if (facts?.reading) throw new EmendError(`${title} is being read a second time already`)
  const revisions = listRevisions(library, caseId)
  const read = revisions.find(({ id }) => id === current)
  if (read?.origin !== 'reader') throw new EmendError(`nobody has read ${title} yet`)
  const proposed = revisions.filter(({ origin }) => origin === 'model').at(-1)
  const grid = caseGrid(library, caseId)
  const labels = proposed
    ? await readRevision(library, caseId, proposed.id)
    : { ...grid, data: new Uint8Array(grid.dims[0] * grid.dims[1] * grid.dims[2]) }
  return addRevision(library, {
    caseId,
    parent: current,
    origin: proposed ? 'model' : 'fusion',
    model: proposed?.model ?? null,
    statuses: {},
    edited: [],
    labels,
    onlyAfterReview: lastReview(library, caseId),
    // The note names the first reader's labels.
    alongside: () => addNote(library, caseId, { kind: 'second-reading', text: reason, revision: current }),
  })
}

/** The two readings of a case that wait for an arbiter, or for the second reader; null where nobody asked for one. */
export function readingsOf(library: Library, caseId: string): Readings | null {
  const asked = listNotes(library, caseId)
    .filter(({ kind }) => kind === 'second-reading' || kind === 'arbitration')
    .at(-1)
  if (asked?.kind !== 'second-reading' || asked.revision === null) return null
  const revisions = listRevisions(library, caseId)
  const first = revisions.find(({ id }) => id === asked.revision)
  if (!first) return null
  const second = revisions.filter(
    ({ id, author, origin }) => id > first.id && origin === 'reader' && author !== first.author,
  )
  const last = second.at(-1)
  return { first: readingIn(library, caseId, first), second: last ? readingIn(library, caseId, last) : null }
}

/** What a reader said last of each structure, up to the next revision of the case. */
function readingIn(library: Library, caseId: string, revision: StoredRevision): Reading {
  const said = library.database.all<{ structure: string; status: Statuses[string] }>(
    'SELECT structure, status FROM reviews WHERE case_id = ? AND revision = ? ORDER BY id',
    caseId,
    revision.id,
  )
  const statuses = { ...revision.statuses, ...Object.fromEntries(said.map((one) => [one.structure, one.status])) }
  return { reader: revision.author, revision: revision.id, statuses }
}

/** How two readings compare, structure by structure. Volumes in voxels. @throws EmendError as `requireReadings` does. */
export async function compareReadings(library: Library, caseId: string): Promise<Map<string, Agreement>> {
  const { first, second } = requireReadings(library, caseId)
  const [a, b] = await Promise.all([first, second].map(({ revision }) => readRevision(library, caseId, revision)))
  return agreementOf(a.data, b.data, librarySchema(library, getCase(library, caseId).schema))
}

/** @throws EmendError where there are no two readings to choose from. */
export function requireReadings(library: Library, caseId: string): { first: Reading; second: Reading } {
  const readings = readingsOf(library, caseId)
  if (!readings?.second) throw new EmendError(`${getCase(library, caseId).title} has no two readings to compare`)
  return { first: readings.first, second: readings.second }
}

/**
 * Settles two readings: of each structure the mask and the status of the reader that the arbiter picks. Voxels that both
 * picked masks claim go to the structure that comes later in the schema, as lesions do within organs.
 *
 * @param picks 'first' or 'second' by structure; 'first' for those that are left out
 * @throws EmendError where there are no two readings, or the user is no arbiter
 */
export async function arbitrate(
  library: Library,
  caseId: string,
  picks: Readonly<Record<string, 'first' | 'second'>>,
  reason: string,
): Promise<StoredRevision> {
  requireRole(library, 'arbiter', 'arbitrate', caseId)
  const { first, second } = requireReadings(library, caseId)
  const { schema: name, revision: current, model } = getCase(library, caseId)
  const { structures } = librarySchema(library, name)
  const [a, b] = await Promise.all([first, second].map(({ revision }) => readRevision(library, caseId, revision)))
  const data = new Uint8Array(a.data.length)
  const statuses: Record<string, Statuses[string]> = {}
  for (const { id, name: structure } of structures) {
    const [chosen, labels] = picks[structure] === 'second' ? [second, b] : [first, a]
    const status = chosen.statuses[structure]
    if (status) statuses[structure] = status
    for (let voxel = 0; voxel < data.length; voxel++) if (labels.data[voxel] === id) data[voxel] = id
  }
  return addRevision(library, {
    caseId,
    parent: current,
    origin: 'reader',
    model,
    statuses,
    edited: structures.map((s) => s.name).filter((s) => statuses[s] === 'corrected'),
    labels: { ...a, data },
    alongside: () => addNote(library, caseId, { kind: 'arbitration', text: reason }),
  })
}
