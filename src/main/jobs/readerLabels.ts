import type { CaseRow } from '../../shared/contract'
import { EmendError } from '../../shared/errors'
import type { LabelSchema } from '../../shared/labels/schema'
import { isVerified, type ReviewStatus, type Statuses } from '../../shared/labels/status'
import type { RejectReasons, StructureSeconds } from '../../shared/review'
import { agreementOf } from '../library/agreement'
import { caseGrid, getCase } from '../library/cases'
import { recordEfforts, type Effort } from '../library/efforts'
import { requireRoleForHeldOut } from '../library/heldOut'
import type { Library } from '../library/library'
import { addNote } from '../library/notes'
import { lastReason, reasonToReject } from '../library/rejections'
import { changedStructures, listReviews, setStatus, statusesAfterEdit, type StructureChange } from '../library/reviews'
import { addRevision, getRevision, listRevisions, readRevision, type StoredRevision } from '../library/revisions'
import { librarySchema } from '../library/structures'

/** Labels as a reader leaves them. */
export interface ReaderLabels {
  readonly caseId: string
  /** The revision that the reader started from; null for a case without labels. */
  readonly parent: string | null
  /** What the reader says of every structure. */
  readonly statuses: Statuses
  /** Label ids on the image's grid. */
  readonly labels: Uint8Array
  /** Why what is rejected is so: needed of what was not rejected before. */
  readonly reasons?: RejectReasons
  /** How long it took. */
  readonly seconds?: StructureSeconds
}

/** @throws EmendError where a schema has no such structure. */
export function requireStructure(schema: LabelSchema, name: string): void {
  if (schema.structures.some((structure) => structure.name === name)) return
  throw new EmendError(`the schema ${schema.name} has no structure ${name}`)
}

/**
 * Appends what a reader drew as a new revision, with what it took. What the reader's hand changed becomes `corrected`.
 *
 * @throws EmendError where the labels do not fit the case, something is rejected without a reason, or the case is held out
 * and the user's role does not allow to take another's word back
 */
export async function addReaderLabels(library: Library, input: ReaderLabels): Promise<StoredRevision> {
  const { caseId, parent, labels } = input
  const row = getCase(library, caseId)
  const schema = librarySchema(library, row.schema)
  const grid = caseGrid(library, caseId)
  for (const name of Object.keys(input.statuses)) requireStructure(schema, name)
  const from = parent === null ? null : getRevision(library, caseId, parent)
  const before = from ? (await readRevision(library, caseId, from.id)).data : new Uint8Array(labels.length)
  if (labels.length !== before.length) {
    throw new EmendError(`${labels.length} voxels of labels do not fit the case's ${grid.dims.join(' x ')}`)
  }
  const changes = changedStructures(before, labels, schema)
  const edited = new Set([...(from?.edited ?? []), ...changes.keys()])
  const statuses = statusesAfterEdit(input.statuses, changes, edited)
  requireMayTakeBack(library, row, statuses)
  const rejections = newRejections(library, row, statuses, input.reasons ?? {})
  return addRevision(library, {
    caseId,
    parent,
    origin: 'reader',
    model: from?.model ?? null,
    statuses,
    edited: [...edited],
    labels: { ...grid, data: labels },
    efforts: await effortsOf(library, { ...input, statuses, schema, from, before, changes }),
    alongside: () =>
      rejections.forEach(([structure, text]) => addNote(library, caseId, { structure, kind: 'reject', text })),
  })
}

/** What is rejected and was not before, or for another reason than the one on record; each with its reason. */
function newRejections(
  library: Library,
  { id, statuses: current }: CaseRow,
  statuses: Statuses,
  reasons: RejectReasons,
): [structure: string, reason: string][] {
  return Object.keys(statuses)
    .filter((name) => statuses[name] === 'rejected')
    .filter((name) => current[name] !== 'rejected' || (reasons[name] ?? '').trim() !== '')
    .map((name): [string, string] => [name, reasonToReject(library, id, name, reasons[name])])
    .filter(([name, reason]) => current[name] !== 'rejected' || reason !== lastReason(library, id, name))
}

interface Step extends ReaderLabels {
  readonly schema: LabelSchema
  readonly from: StoredRevision | null
  readonly before: Uint8Array
  readonly changes: ReadonlyMap<string, StructureChange>
}

/** What the reader changed, and how the model's proposal compares where the reader verified it in this step. */
async function effortsOf(library: Library, step: Step): Promise<Effort[]> {
  const { changes, statuses, from, schema } = step
  const voxels = new Map([...changes].map(([name, { added, removed }]) => [name, added + removed]))
  const before = from?.statuses ?? {}
  const settled = schema.structures
    .map(({ name }) => name)
    .filter((name) => isVerified(statuses[name]) && (changes.has(name) || !isVerified(before[name])))
  const proposed = settled.length > 0 ? await proposalBehind(library, step) : null
  const agreement = proposed ? agreementOf(proposed, step.labels, schema) : null
  const worked = workedAt(step.seconds, schema)
  return [...new Set([...changes.keys(), ...settled, ...worked.keys()])].map((structure) => ({
    structure,
    voxels: voxels.get(structure) ?? 0,
    seconds: worked.get(structure) ?? null,
    dsc: settled.includes(structure) ? (agreement?.get(structure)?.dsc ?? null) : null,
  }))
}

/** Seconds by structure, of those that the schema has. */
function workedAt(seconds: StructureSeconds = {}, { structures }: LabelSchema): Map<string, number> {
  const known = new Set(structures.map(({ name }) => name))
  return new Map(Object.entries(seconds).filter(([name]) => known.has(name)))
}

/** The labels of the model that the reader's work goes back to; null where no model labelled the case. */
async function proposalBehind(library: Library, { caseId, from, before }: Step): Promise<Uint8Array | null> {
  if (from?.origin === 'model') return before
  const proposal = listRevisions(library, caseId)
    .filter(({ id, origin }) => origin === 'model' && from !== null && id <= from.id)
    .at(-1)
  return proposal ? (await readRevision(library, caseId, proposal.id)).data : null
}

/**
 * Appends what a reader says about one structure. Accepting one that a reader's hand changed makes it `corrected`: an
 * export says who drew it. One that is accepted as the model drew it is on record as such.
 *
 * @param how.reason why it is rejected, which that needs; null as `reasonToReject` has it
 * @param how.seconds the reader's time since the last save, also at structures that nothing is said of
 * @throws EmendError where the case's schema has no such structure, it is rejected without a reason, or the case is held
 * out and the user's role does not allow to take another's word back
 */
export function addReaderStatus(
  library: Library,
  caseId: string,
  structure: string,
  status: ReviewStatus,
  how: { readonly reason?: string | null; readonly seconds?: StructureSeconds } = {},
): void {
  const row = getCase(library, caseId)
  const { revision, statuses } = row
  const schema = librarySchema(library, row.schema)
  requireStructure(schema, structure)
  const stored = revision === null ? null : getRevision(library, caseId, revision)
  const { [structure]: honest } = statusesAfterEdit({ [structure]: status }, new Map(), stored?.edited ?? [])
  requireMayTakeBack(library, row, { ...statuses, [structure]: honest })
  const reason = honest === 'rejected' ? reasonToReject(library, caseId, structure, how.reason) : null
  const asProposed = honest === 'accepted' && !isVerified(statuses[structure]) && stored !== null
  const worked = workedAt(how.seconds, schema)
  library.database.transaction(() => {
    if (reason !== null) addNote(library, caseId, { structure, kind: 'reject', text: reason })
    setStatus(library, caseId, structure, honest)
    const of = { revision, model: stored?.model ?? null, at: new Date().toISOString() }
    const efforts = new Set([...(asProposed ? [structure] : []), ...worked.keys()])
    recordEfforts(
      library,
      caseId,
      of,
      [...efforts].map((name) => ({
        structure: name,
        voxels: 0,
        seconds: worked.get(name) ?? null,
        dsc: name === structure && asProposed && stored.model !== null ? 1 : null,
      })),
    )
  })
}

/** @throws EmendError where a held-out case's structure would no longer be verified, and the user may not take back who said so. */
function requireMayTakeBack(library: Library, row: CaseRow, statuses: Statuses): void {
  if (row.role !== 'hold-out') return
  const back = Object.keys(row.statuses).filter((name) => isVerified(row.statuses[name]) && !isVerified(statuses[name]))
  const reviews = back.length > 0 ? listReviews(library, row.id) : []
  for (const structure of back) {
    const said = reviews.findLast((review) => review.structure === structure)
    if (said?.author !== library.user) requireRoleForHeldOut(library, row, `take back that ${structure} is verified`)
  }
}
