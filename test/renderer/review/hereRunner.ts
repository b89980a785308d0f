import { runDeed } from '../../../src/renderer/editor/deeds'
import { runEffect } from '../../../src/renderer/editor/effectRun'
import type { EffectRunner } from '../../../src/renderer/review/effectRunner'

/** The real effects and deeds, without a worker around them. */
export const hereRunner = (): EffectRunner => ({
  run: (input) => Promise.resolve('deed' in input ? { kind: 'mask', ...runDeed(input) } : runEffect(input)),
  dispose: () => undefined,
})
