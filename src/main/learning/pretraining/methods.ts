import { genesisBatches, genesisStep } from './genesis'
import type { PreparedImage } from './images'
import type { Batches, PretrainingStep } from './method'
import type { PretrainingPlan } from './plan'
import { positionBatches, positionStep } from './position'
import { regionBatches, regionStep } from './region'

/** The step of a plan's method. */
export function stepOf(plan: PretrainingPlan): PretrainingStep {
  if (plan.method === 'genesis') return genesisStep(plan)
  return plan.method === 'position' ? positionStep(plan) : regionStep(plan)
}

/** What batches are made of. */
export interface BatchesFrom {
  readonly plan: PretrainingPlan
  readonly images: readonly PreparedImage[]
  readonly seed: number
}

/** The batches of a plan's method. */
export function batchesOf({ plan, images, seed }: BatchesFrom): Batches {
  if (plan.method === 'genesis') return genesisBatches(plan, images, seed)
  return plan.method === 'position' ? positionBatches(plan, images, seed) : regionBatches(plan, images, seed)
}
