import type { CaseRow } from './contract'
import { isVerified } from './labels/status'

/** A model that new segmentations of its schema use. */
export interface ModelInUse {
  /** That it labels by. */
  readonly schema: string
  /** 'name@version' */
  readonly reference: string
  /** The structures that it can find. */
  readonly offered: readonly string[]
}

/** What models in use have still to label. */
export interface OpenCases {
  /** Those without labels first; in the order in which they were given. */
  readonly cases: readonly CaseRow[]
  /** How many without labels are left out, since no model labels by their schema. */
  readonly withoutModel: number
}

/**
 * Cases at work for which the model in use of their schema offers a structure that nobody verified, and which this very
 * version has not labelled.
 *
 * @param again also those that have labels, of another version or from elsewhere; else only those without
 */
export function openCases(
  rows: readonly CaseRow[],
  models: readonly ModelInUse[],
  { again }: { readonly again: boolean },
): OpenCases {
  const of = new Map(models.map((model) => [model.schema, model]))
  const bare: CaseRow[] = []
  const labelled: CaseRow[] = []
  let withoutModel = 0
  for (const row of rows) {
    if (row.role !== 'work') continue
    const model = of.get(row.schema)
    if (!model && row.revision === null) withoutModel += 1
    if (!model || row.model === model.reference) continue
    if (model.offered.every((name) => isVerified(row.statuses[name]))) continue
    if (row.revision === null) bare.push(row)
    else if (again) labelled.push(row)
  }
  return { cases: [...bare, ...labelled], withoutModel }
}
