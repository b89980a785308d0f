import { BACKGROUND, NOT_ANNOTATED, type LabelSchema, type Structure } from '../../shared/labels/schema'
import { isVerified, type Statuses } from '../../shared/labels/status'

export interface FuseInput {
  readonly schema: LabelSchema
  /** Label ids of the schema, one byte a voxel. Only the structures that `statuses` calls verified are read. */
  readonly verified: Uint8Array
  readonly statuses: Statuses
  /** Label maps of the same voxels that networks made. */
  readonly pseudo: readonly Uint8Array[]
  /**
   * Whether a majority for a lesion that nobody verified lies over verified organs too: where those were drawn with the
   * lesions in them, as in data sets without a class for these.
   */
  readonly lesionsOverOrgans?: boolean
}

/**
 * Fuses what a reader verified with what networks believe (label fusion: "replacing the corresponding organ regions in
 * the pseudo-labels with accurately annotated organ parts", y = y_p (+) y_q, equation 3 of the self-training paper
 * `genesis-pretraining-self-training`, with its lesion overlay), knowing per structure what is verified:
 *
 * - A verified structure is exactly where the verified map says, nowhere else; a verified absent one is nowhere.
 * - Elsewhere the pseudo-labels vote, one vote a map. A vote for a verified structure is known to be wrong and does not
 *   count, nor does one for a structure whose labels a reader rejected. Lesions lie within organs, so a majority for a lesion among all maps wins over any organ.
 * - What has no majority, and what only wrong votes spoke for, is 255: not known, so ignored by losses and metrics.
 * - A verified organ loses voxels to nothing but a verified lesion, and that is how the verified map already has it; but see
 *   `lesionsOverOrgans`.
 *
 * Without pseudo-labels everything that is not verified is 255, unless all structures of the schema are verified:
 * then it is background.
 * @returns ids of the schema, 0 background, 255 not known; as many voxels as the inputs.
 * @throws RangeError where the maps differ in size.
 */
export function fuseLabels({ schema, verified, statuses, pseudo, lesionsOverOrgans }: FuseInput): Uint8Array {
  for (const map of pseudo) {
    if (map.length !== verified.length) {
      throw new RangeError(`label maps of ${map.length} and ${verified.length} voxels cannot be fused`)
    }
  }
  const settled = settledIds(schema, statuses)
  const complete = schema.structures.every((s) => isVerified(statuses[s.name]))
  const lesions = idsWhere(schema, (s) => s.kind === 'lesion')
  const vote = ballot(settled, lesions, pseudo)
  const fused = new Uint8Array(verified.length)
  for (let at = 0; at < fused.length; at++) {
    const id = verified[at]
    if (settled[id] === PRESENT) fused[at] = lesionsOverOrgans && lesions[vote(at)] ? vote(at) : id
    else if (complete) fused[at] = BACKGROUND
    else fused[at] = vote(at)
  }
  return fused
}

const OPEN = 0
const PRESENT = 1
const ABSENT = 2
const REJECTED = 3

/** By id: whether the reader has settled where the structure is, or that it is not there, or only that this is wrong. */
function settledIds(schema: LabelSchema, statuses: Statuses): Uint8Array {
  const settled = new Uint8Array(256)
  for (const { name, id } of schema.structures) {
    if (isVerified(statuses[name])) settled[id] = statuses[name] === 'absent' ? ABSENT : PRESENT
    else if (statuses[name] === 'rejected') settled[id] = REJECTED
  }
  return settled
}

function idsWhere(schema: LabelSchema, test: (structure: Structure) => boolean): Uint8Array {
  const ids = new Uint8Array(256)
  for (const structure of schema.structures) if (test(structure)) ids[structure.id] = 1
  return ids
}

/** The pseudo-labels' majority at a voxel that no verified structure claims. */
function ballot(settled: Uint8Array, lesions: Uint8Array, pseudo: readonly Uint8Array[]): (at: number) => number {
  const votes = new Uint16Array(256)
  return (at) => {
    let best = NOT_ANNOTATED
    let most = 0
    let tied = false
    for (const map of pseudo) {
      const id = map[at]
      if (id === NOT_ANNOTATED || settled[id] !== OPEN) continue
      votes[id]++
    }
    for (const map of pseudo) {
      const id = map[at]
      const count = votes[id]
      if (count === 0) continue
      votes[id] = 0
      if (lesions[id] && count * 2 > pseudo.length) {
        most = pseudo.length + 1
        best = id
        tied = false
      } else if (count > most) {
        most = count
        best = id
        tied = false
      } else if (count === most) tied = true
    }
    return tied ? NOT_ANNOTATED : best
  }
}
