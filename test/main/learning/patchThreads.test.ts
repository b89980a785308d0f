import { describe, expect, it } from 'vitest'
import { openPatches } from '../../../src/main/learning/patchThreads'
import type { PatchOptions } from '../../../src/main/learning/patches'
import { prepareCase } from '../../../src/main/learning/preparedCase'
import { defaultDistillation, defaultSemi, type Recipe } from '../../../src/main/learning/recipe'
import { prepareUnlabelled } from '../../../src/main/learning/unlabelled'
import { bundle } from '../bundle'
import { blobRecipe, blobs, schema } from './blobs'

const channels = ['background', 'anterior-hippocampus', 'posterior-hippocampus']
const base = blobRecipe(1)
const recipe: Recipe = {
  ...base,
  batch: 2,
  distillation: defaultDistillation,
  augmentation: {
    ...base.augmentation,
    elastic: { probability: 0.5, spacingMm: 8, deviationMm: 1 },
    blur: { probability: 0.5, sigma: [0.5, 1] },
    lowResolution: { probability: 0.5, zoom: [0.5, 1] },
  },
}
const options: PatchOptions = { recipe, seed: 7 }
const cases = [1, 2].map((seed) => {
  const prepared = prepareCase({ id: `${seed}`, annotated: null }, blobs(seed), recipe, schema, channels)
  // Of one of the two no teacher was asked.
  return seed === 1 ? prepared : { ...prepared, soft: new Uint8Array(3 * prepared.labels.length).fill(seed + 4) }
})

describe('patches made in threads', () => {
  it('are those made here, whatever the number of threads, from any step on', async () => {
    const program = await bundle('src/main/learning/patch.thread.ts')
    const here = openPatches({ cases, options }, 0)
    for (const threads of [1, 3]) {
      const there = openPatches({ cases, options }, threads, program)
      try {
        for (let step = 4; step < 18; step++) {
          const [a, b] = [await here.at(step), await there.at(step)]
          expect(Object.keys(b)).toEqual(['image', 'labels', 'annotated', 'teacher'])
          expect(b).toEqual(a)
          expect(new Set(b.teacher).size).toBeGreaterThan(1)
        }
      } finally {
        await there.close()
      }
    }
    expect(here.secondsWaited).toBeGreaterThan(0)
  })

  it('hold what a mean teacher and its student see of images without labels', async () => {
    const program = await bundle('src/main/learning/patch.thread.ts')
    const labelled = { ...recipe, distillation: undefined }
    const unlabelled = {
      cases: [3, 4].map((n) => prepareUnlabelled({ id: `${n}` }, blobs(n).image, recipe, channels)),
      options: { recipe: { ...labelled, semi: { ...defaultSemi, batch: 2 } }, seed: 7 },
    }
    const from = { cases, options: { recipe: labelled, seed: 7 }, unlabelled }
    const [here, there] = [openPatches(from, 0), openPatches(from, 2, program)]
    try {
      for (let step = 3; step < 12; step++) {
        const [a, b] = [await here.at(step), await there.at(step)]
        expect(Object.keys(b)).toEqual(['image', 'labels', 'annotated', 'plain', 'changed', 'seen'])
        expect(b).toEqual(a)
        expect(new Set(b.changed).size).toBeGreaterThan(1)
      }
    } finally {
      await there.close()
    }
  })

  it('say when a thread fails, instead of being waited for', async () => {
    const there = openPatches({ cases, options }, 1, '/nowhere/patch.thread.js')
    await expect(Promise.resolve(there.at(0))).rejects.toThrow(/Cannot find module/)
    await there.close()
    const program = await bundle('src/main/learning/patch.thread.ts')
    const failing = openPatches({ cases: [{ ...cases[0], seeds: null as never }], options }, 1, program)
    await expect(Promise.resolve(failing.at(0))).rejects.toThrow(/null|failed/)
    await failing.close()
  })
})
