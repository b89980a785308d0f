import { isVerified, type ReviewStatus, type Statuses } from '../../shared/labels/status'
import type { LabelSchema } from '../../shared/labels/schema'
import type { LabelMap } from '../imaging/volume'
import { agreementOf } from '../library/agreement'
import { caseGrid, getCase } from '../library/cases'
import type { Library } from '../library/library'
import { lastReview, statusesAfterModel } from '../library/reviews'
import {
  addRevision,
  getRevision,
  listRevisions,
  MovedOnError,
  readRevision,
  type StoredRevision,
} from '../library/revisions'

/** What a model says about a case. */
export interface Proposal {
  /** 'name@version' */
  readonly model: string
  /** Structures that the model can find; it says nothing about the others. */
  readonly offered: readonly string[]
  /** On the case's canonical grid, ids of the case's schema. */
  readonly labels: LabelMap
  /** How unsure it was, as `encodeUncertainty` writes it. */
  readonly uncertainty?: Uint8Array
  /** Mean entropy by structure, bits. */
  readonly doubt?: Readonly<Record<string, number>>
  /** Nobody asked for it at this case: a reader's unsaved edits go first. */
  readonly unasked?: boolean
}

/**
 * Appends a model's labels to a case, under what is verified: verified structures keep their voxels and their status,
 * an absent one stays absent, and what the model does not offer stays as it was. Where a reader saves or decides while
 * the model is at work, it goes under what the reader made of the case.
 *
 * @throws EmendError where the case is labelled by another schema meanwhile; UnsavedEditsError where nobody asked for it and a
 * reader's edits of the case are not saved
 */
export async function addModelLabels(
  library: Library,
  caseId: string,
  proposal: Proposal,
  schema: LabelSchema,
): Promise<StoredRevision> {
  const disagreement = await disagreementWithLast(library, caseId, proposal, schema)
  for (;;) {
    const onlyAfterReview = lastReview(library, caseId)
    const { revision: parent, statuses } = getCase(library, caseId)
    const present = parent === null ? null : await readRevision(library, caseId, parent)
    const edited = parent === null ? [] : getRevision(library, caseId, parent).edited
    try {
      return await addRevision(library, {
        caseId,
        parent,
        origin: 'model',
        model: proposal.model,
        statuses: statusesUnder(statuses, proposal.offered),
        edited: edited.filter((name) => isVerified(statuses[name]) || !proposal.offered.includes(name)),
        labels: {
          ...caseGrid(library, caseId),
          data: present
            ? underVerified(present.data, proposal.labels.data, { schema, statuses, offered: proposal.offered })
            : proposal.labels.data,
        },
        uncertainty: proposal.uncertainty,
        findings: { doubt: proposal.doubt ?? {}, disagreement },
        onlyAfterReview,
        onlyBySchema: schema.name,
        onlyWithoutEdits: proposal.unasked,
      })
    } catch (error) {
      if (!(error instanceof MovedOnError)) throw error
    }
  }
}

/**
 * By structure 1 - DSC between a proposal and what another model, or another version, last drew in the case; nothing of
 * what a reader had verified then or now, since that is not a model's.
 */
async function disagreementWithLast(
  library: Library,
  caseId: string,
  { model, labels, offered }: Proposal,
  schema: LabelSchema,
): Promise<Record<string, number>> {
  const last = listRevisions(library, caseId)
    .filter((revision) => revision.origin === 'model' && revision.model !== model)
    .at(-1)
  if (!last) return {}
  const { statuses } = getCase(library, caseId)
  const agreement = agreementOf((await readRevision(library, caseId, last.id)).data, labels.data, schema)
  const compared = offered.filter((name) => !isVerified(statuses[name]) && !isVerified(last.statuses[name]))
  return Object.fromEntries(compared.map((name) => [name, 1 - (agreement.get(name)?.dsc ?? 1)]))
}

/** Statuses after a proposal: what is verified, and what the model says nothing about. */
function statusesUnder(statuses: Statuses, offered: readonly string[]): Record<string, ReviewStatus> {
  const silent = Object.fromEntries(Object.entries(statuses).filter(([name]) => !offered.includes(name)))
  return { ...silent, ...statusesAfterModel(statuses) }
}

/**
 * A model's labels under those that are there. By precedence: verified structures, exactly where they are; what the
 * model proposes for structures that are not verified; unverified structures that the model does not offer.
 *
 * @param present, proposed label ids on the same grid
 * @returns a new label map; nowhere a structure that is verified absent
 */
export function underVerified(
  present: Uint8Array,
  proposed: Uint8Array,
  { schema, statuses, offered }: { schema: LabelSchema; statuses: Statuses; offered: readonly string[] },
): Uint8Array {
  const settled = new Uint8Array(256)
  const open = new Uint8Array(256)
  const silent = new Uint8Array(256)
  for (const { id, name } of schema.structures) {
    const status = statuses[name]
    if (!isVerified(status)) (offered.includes(name) ? open : silent)[id] = 1
    else if (status !== 'absent') settled[id] = 1
  }
  return present.map((now, voxel) => {
    const next = proposed[voxel]
    if (settled[now] || (silent[now] && !open[next])) return now
    return open[next] ? next : 0
  })
}
