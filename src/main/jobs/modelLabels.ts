import { isVerified, type ReviewStatus, type Statuses } from '../../shared/labels/status'
import type { LabelSchema } from '../../shared/labels/schema'
import type { LabelMap } from '../imaging/volume'
import { caseGrid, getCase } from '../library/cases'
import type { Library } from '../library/library'
import { statusesAfterModel } from '../library/reviews'
import { addRevision, getRevision, MovedOnError, readRevision, type StoredRevision } from '../library/revisions'

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
}

/**
 * Appends a model's labels to a case, under what is verified: verified structures keep their voxels and their status,
 * an absent one stays absent, and what the model does not offer stays as it was. Where a reader saves while the model
 * is at work, the reader's newer labels are what the proposal goes under.
 */
export async function addModelLabels(
  library: Library,
  caseId: string,
  proposal: Proposal,
  schema: LabelSchema,
): Promise<StoredRevision> {
  for (;;) {
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
        onlyAfterParent: true,
      })
    } catch (error) {
      if (!(error instanceof MovedOnError)) throw error
    }
  }
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
