import { addCase, getCase } from '../../../src/main/library/cases'
import type { Library } from '../../../src/main/library/library'
import { addRevision } from '../../../src/main/library/revisions'
import type { Statuses } from '../../../src/shared/labels/status'
import { newCase, smallLabels } from './samples'

/** Labels of a small case, and what a model or a reader says with them. */
export interface Labelling {
  readonly ids?: Readonly<Record<number, number>>
  readonly model?: string
  readonly statuses?: Statuses
  readonly doubt?: Readonly<Record<string, number>>
  readonly disagreement?: Readonly<Record<string, number>>
}

export async function label(
  library: Library,
  caseId: string,
  labelling: Labelling,
  origin: 'model' | 'reader' = 'model',
) {
  return addRevision(library, {
    caseId,
    parent: getCase(library, caseId).revision,
    origin,
    model: labelling.model ?? 'flare@1',
    statuses: labelling.statuses ?? {},
    edited: [],
    labels: smallLabels(labelling.ids),
    findings: { doubt: labelling.doubt ?? {}, disagreement: labelling.disagreement ?? {} },
  })
}

export async function labelled(library: Library, seed: number, labelling: Labelling = {}): Promise<string> {
  const { id } = await addCase(library, newCase(seed))
  await label(library, id, labelling)
  return id
}
