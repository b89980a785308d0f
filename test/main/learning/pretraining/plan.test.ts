import { describe, expect, it } from 'vitest'
import { planOf } from '../../../../src/main/learning/pretraining/plan'
import { recipeNamed } from '../../../../src/main/learning/presets'

describe('a pre-training', () => {
  it("is trained on with the paper's decay after contrast of regions, in the preset 'paper'", () => {
    const after = (method: 'genesis' | 'region', preset: 'tiny' | 'paper') =>
      planOf(method, recipeNamed('abdomen-merge-max', preset), preset).fineTuning.optimizer
    expect(after('region', 'paper')).toMatchObject({ weightDecay: 1e-4 })
    for (const other of [after('region', 'tiny'), after('genesis', 'paper')]) expect(other.weightDecay).toBeUndefined()
  })
})
