import { BACKGROUND, NOT_ANNOTATED, type LabelSchema } from '../../../shared/labels/schema'

/** What one model says of an image. */
export interface Answer {
  /** Ids of the schema, 0 background. */
  readonly labels: Uint8Array
  /** Entropy of the model's probabilities over its largest, 0 to 1. */
  readonly entropy: Float32Array
  /** By id: 1 where the model can tell the structure from background. */
  readonly offers: Uint8Array
}

/** What several models say together. */
export interface JointAnswer {
  /** 255 where the models are torn. */
  readonly labels: Uint8Array
  /** 0 to 1: the greater of the models' mean entropy and the share that is of another opinion than the labels. */
  readonly uncertainty: Float32Array
}

/**
 * The vote of models that may know different structures: a structure's share is of those models alone that offer it, so
 * that nobody votes against what he has never heard of. More than half carries a structure; a lesion's majority goes before
 * any organ's, since lesions lie within organs (`genesis-pretraining-self-training`, section 2.1). Background needs more than
 * half of all models. What nothing carries is not known, nor is what just half say.
 * @throws RangeError where there is no answer, or they differ in size
 */
export function joinAnswers(answers: readonly Answer[], schema: LabelSchema): JointAnswer {
  if (answers.length === 0) throw new RangeError('there is no answer to join')
  const voxels = answers[0].labels.length
  if (answers.some((a) => a.labels.length !== voxels || a.entropy.length !== voxels)) {
    throw new RangeError('answers of different sizes cannot be joined')
  }
  const offering = new Float64Array(256)
  for (const { id } of schema.structures) for (const { offers } of answers) offering[id] += offers[id]
  const lesion = new Uint8Array(256)
  for (const { id, kind } of schema.structures) if (kind === 'lesion') lesion[id] = 1

  const labels = new Uint8Array(voxels)
  const uncertainty = new Float32Array(voxels)
  const votes = new Float64Array(256)
  for (let at = 0; at < voxels; at++) {
    let entropy = 0
    for (const answer of answers) {
      votes[answer.labels[at]]++
      entropy += answer.entropy[at]
    }
    let best = BACKGROUND
    let most = 0
    let tied = false
    const background = votes[BACKGROUND]
    for (const answer of answers) {
      const id = answer.labels[at]
      if (id === BACKGROUND || id === NOT_ANNOTATED || votes[id] === 0) continue
      // A lesion's share counts for more than any organ's once it is a majority.
      const share = votes[id] / offering[id] + (lesion[id] && 2 * votes[id] > offering[id] ? 1 : 0)
      if (share > most) {
        most = share
        best = id
      }
      tied ||= 2 * votes[id] === offering[id]
      votes[id] = 0
    }
    votes[BACKGROUND] = 0
    votes[NOT_ANNOTATED] = 0
    labels[at] = most > 0.5 ? best : tied || 2 * background <= answers.length ? NOT_ANNOTATED : BACKGROUND
    uncertainty[at] = Math.max(entropy / answers.length, shareAgainst(answers, at, labels[at]))
  }
  return { labels, uncertainty }
}

/** Of the models that could have said it, the share that says otherwise; for background, that says any structure. */
function shareAgainst(answers: readonly Answer[], at: number, label: number): number {
  let asked = 0
  let against = 0
  for (const { labels, offers } of answers) {
    if (label !== BACKGROUND && label !== NOT_ANNOTATED && !offers[label]) continue
    asked++
    if (labels[at] !== label) against++
  }
  return label === NOT_ANNOTATED ? 0.5 : against / asked
}
