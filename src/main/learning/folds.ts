import { createHash } from 'node:crypto'
import { EmendError } from '../../shared/errors'
import { seededRandom } from '../../shared/random'
import { shuffled } from './caseOrder'
import type { CaseSource, HoldOutCases } from './trainingData'

/** Which part of a cross-validation a run is. */
export interface Fold {
  /** How many parts the cases are split into, 2 or more. */
  readonly folds: number
  /** The part that this run does not learn from, counted from 1. */
  readonly fold: number
  /** The split is another with another seed. */
  readonly seed: number
}

/**
 * Takes one fold out of the cases to learn from. Which fold a case is in depends on the seed and on whom the cases are of
 * alone, and not on their order: all of a patient's are in the same, and folds differ by one patient at most. A case whose
 * patient is not known stands for itself.
 * @throws EmendError where there are more folds than patients
 */
export function splitFold(
  cases: readonly CaseSource[],
  { folds, fold, seed }: Fold,
): { training: CaseSource[]; holdOut: HoldOutCases } {
  const patients = shuffled([...new Set(cases.map(patientOf))].sort(), seededRandom(seed).fork('folds'))
  if (patients.length < folds) {
    throw new EmendError(`the cases are of ${patients.length} patients, which cannot be split into ${folds} folds`, {
      hint: 'take fewer folds',
    })
  }
  const out = new Set(patients.filter((_, at) => at % folds === fold - 1))
  const held = cases.filter((one) => out.has(patientOf(one)))
  // Scores on other cases compare with these as little as those on another fold.
  const digest = createHash('sha256')
    .update(JSON.stringify(held.map(({ id }) => id).sort()))
    .digest('hex')
  return {
    training: cases.filter((one) => !out.has(patientOf(one))),
    holdOut: { name: `fold-${fold}-of-${folds}-${digest.slice(0, 8)}`, cases: held },
  }
}

/** A patient may be called as another one's case is. */
const patientOf = ({ id, patient }: CaseSource): string => (patient === undefined ? `case ${id}` : `patient ${patient}`)
