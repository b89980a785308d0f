import type { ImageSource } from '../../../../src/main/learning/pretraining/images'
import {
  lasting,
  planOf,
  type PretrainingMethod,
  type PretrainingPlan,
} from '../../../../src/main/learning/pretraining/plan'
import { blobRecipe, blobs } from '../blobs'

/** Blobs without their labels. */
export const blobImages: ImageSource[] = [1, 2, 3, 4, 5, 6].map((seed) => ({
  id: `blobs-${seed}`,
  load: () => Promise.resolve(blobs(seed, 20).image),
}))

/** A pre-training of the blobs that takes seconds: small views, a short queue, few points. */
export function blobPlan(method: PretrainingMethod, steps: number): PretrainingPlan {
  const plan = lasting(planOf(method, blobRecipe(1), 'tiny'), { unit: 'steps', steps })
  const small = { ...plan, patch: [16, 16, 16] as const, optimizer: { ...plan.optimizer, learningRate: 5e-3 } }
  if (small.method === 'position')
    return { ...small, settings: { ...small.settings, points: 64, queue: 128, decay: 0.9 } }
  if (small.method === 'genesis') return small
  const { settings } = small
  const regions = { ...settings.regions, minSize: 30 }
  const global = { ...settings.global, queue: 16, decay: 0.9 }
  return { ...small, settings: { ...settings, regions, global, count: 8, samples: 20 } }
}
