import type { LearningPlan } from '../../shared/contract'
import type { Library } from '../library/library'
import { currentModel } from '../library/models'
import { planCorrections } from './corrections'
import { planFirst } from './firstTurn'

/** What the next learning run would use now, to be shown before it starts: the very choice that the run makes. */
export async function planLearning(library: Library): Promise<LearningPlan> {
  return currentModel(library) ? planCorrections(library) : planFirst(library)
}
