import { EmendError } from '../../shared/errors'
import { verifiedStructures, type Statuses } from '../../shared/labels/status'
import { readingsDiffer } from '../../shared/review'
import type { LabelMap } from '../imaging/volume'
import { agreementOf, type Agreement } from './agreement'
import { caseGrid, getCase } from './cases'
import { requireRoleForHeldOut } from './heldOut'
import type { Library } from './library'
import { requireImpartial, requireRole } from './members'
import { addNote } from './notes'
import { isBlind, readingsAround, readingsOf, type Reading } from './readings'
import { lastReview, listReviews, type Review } from './reviews'
import { addRevision, listRevisions, readRevision, type StoredRevision } from './revisions'
import { librarySchema } from './structures'

/**
 * Asks for a second, blind reading: the case shows the model's labels again as if nobody had read it, and the first
 * reader's work stays in its history until an arbiter has compared the two. @returns the revision that is shown now.
 *
 * @throws EmendError where nobody has read the case, a second reading is under way already, or the case is held out and
 * the user's role does not allow it
 */
export async function askSecondReading(library: Library, caseId: string, reason: string): Promise<StoredRevision> {
  const onlyAfterReview = lastReview(library, caseId)
  const row = getCase(library, caseId)
  const { title, revision: current, facts } = row
  if (facts?.reading) throw new EmendError(`${title} is being read a second time already`)
  const first = current === null ? null : readingsAround(library, caseId, current).first
  if (first === null || first.readers.length === 0 || verifiedStructures(first.statuses).length === 0) {
    throw new EmendError(`nobody has read ${title} yet`)
  }
  requireRoleForHeldOut(library, row, 'ask for a second reading of it')
  const { model, labels } = await blindLabels(library, caseId)
  return addRevision(library, {
    caseId,
    parent: current,
    origin: model === null ? 'fusion' : 'model',
    model,
    statuses: {},
    edited: [],
    labels,
    onlyAfterReview,
    // The note names the first reader's labels.
    alongside: () => addNote(library, caseId, { kind: 'second-reading', text: reason, revision: current }),
  })
}

/**
 * What a model drew in a case, and nothing of a reader: its last proposal that went under no reader's masks; where there
 * is none, the last one without these masks; no voxel where no model labelled the case.
 */
async function blindLabels(library: Library, caseId: string): Promise<{ model: string | null; labels: LabelMap }> {
  const proposals = listRevisions(library, caseId).filter(({ origin }) => origin === 'model')
  const proposed = proposals.filter((one) => readIn(one).length === 0).at(-1) ?? proposals.at(-1)
  const grid = caseGrid(library, caseId)
  if (!proposed) {
    return { model: null, labels: { ...grid, data: new Uint8Array(grid.dims[0] * grid.dims[1] * grid.dims[2]) } }
  }
  const labels = await readRevision(library, caseId, proposed.id)
  const { structures } = librarySchema(library, getCase(library, caseId).schema)
  const isRead = new Uint8Array(256)
  for (const { id, name } of structures) if (readIn(proposed).includes(name)) isRead[id] = 1
  return { model: proposed.model, labels: { ...labels, data: labels.data.map((id) => (isRead[id] ? 0 : id)) } }
}

/** The structures whose voxels in a model's revision are not, or not only, the model's. */
function readIn({ statuses, edited }: StoredRevision): string[] {
  return [...verifiedStructures(statuses), ...edited]
}

/**
 * What a case's user may see of its history: who reads it a second time does not see what the first reader made of it, or
 * said, until all of that is decided anew.
 */
export function visibleHistory(library: Library, caseId: string): { revisions: StoredRevision[]; reviews: Review[] } {
  const [revisions, reviews] = [listRevisions(library, caseId), listReviews(library, caseId)]
  const readings = readingsOf(library, caseId)
  if (!readings || !isBlind(readings, library.user)) return { revisions, reviews }
  const isOfFirst = (revision: string | null): boolean => revision === null || revision <= readings.first.revision
  return {
    revisions: revisions.filter((one) => !isOfFirst(one.id) || (one.origin !== 'reader' && readIn(one).length === 0)),
    reviews: reviews.filter(({ author, revision }) => !isOfFirst(revision) || !readings.first.readers.includes(author)),
  }
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
  if (!readings?.second) {
    const open = readings?.open.join(', ')
    throw new EmendError(`${getCase(library, caseId).title} has no two readings to compare`, {
      hint: open ? `a second reader has yet to decide on ${open}` : undefined,
    })
  }
  return { first: readings.first, second: readings.second }
}

/**
 * Settles two readings: of each structure the mask and the status of the reader that the arbiter picks. Voxels that both
 * picked masks claim go to the structure that comes later in the schema, as lesions do within organs.
 *
 * @param picks 'first' or 'second' by structure; where both say the same, none is asked for
 * @throws EmendError where there are no two readings, one is not picked though they differ, or, with roles on, the user is
 * no arbiter or one of the readers; MovedOnError where somebody changed the case meanwhile
 */
export async function arbitrate(
  library: Library,
  caseId: string,
  picks: Readonly<Record<string, 'first' | 'second'>>,
  reason: string,
): Promise<StoredRevision> {
  requireRole(library, 'arbiter', 'arbitrate', caseId)
  const onlyAfterReview = lastReview(library, caseId)
  const { first, second } = requireReadings(library, caseId)
  requireImpartial(library, [...first.readers, ...second.readers], 'arbitrate', caseId)
  const { schema: name, revision: current, model } = getCase(library, caseId)
  const schema = librarySchema(library, name)
  const { structures } = schema
  const [a, b] = await Promise.all([first, second].map(({ revision }) => readRevision(library, caseId, revision)))
  const unpicked = [...agreementOf(a.data, b.data, schema)].flatMap(([structure, { dsc }]) => {
    const [one, other] = [first, second].map(({ statuses }) => statuses[structure] ?? 'unreviewed')
    return !picks[structure] && readingsDiffer(dsc, one, other) ? [structure] : []
  })
  if (unpicked.length > 0) {
    throw new EmendError(`the two readings differ in ${unpicked.join(', ')}, and nobody picked whose holds`, {
      hint: "pick 'first' or 'second' for each",
    })
  }
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
    onlyAfterReview,
    alongside: () => addNote(library, caseId, { kind: 'arbitration', text: reason }),
  })
}
