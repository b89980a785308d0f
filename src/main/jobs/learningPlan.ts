import type { LearningPlan } from '../../shared/contract'
import { verifiedStructures } from '../../shared/labels/status'
import { listCases } from '../library/cases'
import type { Library } from '../library/library'
import { currentModel, modelReference } from '../library/models'

/** What a learning run would use now, and what stands in its way. */
export function planLearning(library: Library): LearningPlan {
  const rows = listCases(library)
  const cases = rows
    .filter((row) => row.role === 'work' && row.revision !== null)
    .map((row) => ({ id: row.id, title: row.title, verified: verifiedStructures(row.statuses) }))
    .filter((row) => row.verified.length > 0)
  const model = currentModel(library)
  return {
    cases,
    holdOut: rows.filter((row) => row.role === 'hold-out').map((row) => row.id),
    model: model && modelReference(model),
    steps: 0,
    obstacle: cases.length === 0 ? 'accept or correct at least one structure of one case' : null,
  }
}
