import { deltaOf } from '../../../src/renderer/editor/editJob'
import type { EffectRunner } from '../../../src/renderer/review/effectRunner'

/** The real effects and deeds, without a worker around them. */
export const hereRunner = (): EffectRunner => ({
  run: (job) => Promise.resolve({ delta: deltaOf(job) }),
  dispose: () => undefined,
})
