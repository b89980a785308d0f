import { describe, expect, it } from 'vitest'
import { openBatches } from '../../../../src/main/learning/batchThreads'
import { prepareImage } from '../../../../src/main/learning/pretraining/images'
import { asFeeds, emptyBatch } from '../../../../src/main/learning/pretraining/method'
import { batchesOf, stepOf } from '../../../../src/main/learning/pretraining/methods'
import { pretrainingMethods } from '../../../../src/main/learning/pretraining/plan'
import { bundle } from '../../bundle'
import { blobImages, blobPlan } from './plans'

describe.each(pretrainingMethods)('batches of %s', (method) => {
  const plan = blobPlan(method, 1)
  const step = stepOf(plan)

  it('have the sizes that the step declares, and fill all that the loop does not', () => {
    const empty = emptyBatch(step)
    const own = /^(parameters|moment\.\d+|momentum\..*|learningRate|correction)$/
    const declared = step.graph.plan.inputs.map(({ name }) => name).filter((name) => !own.test(name))
    expect([...step.fed].sort()).toEqual(declared.sort())
    for (const [name, { data, dims }] of Object.entries(asFeeds(step, empty))) {
      expect(data.length).toBe(dims.reduce((a, b) => a * b, 1))
      expect(data).toBe(empty[name])
    }
  })

  it('made in a thread are those made here, from any step on', async () => {
    const images = await Promise.all(
      blobImages.map(async ({ id, load }) => prepareImage(id, await load(), plan.fineTuning)),
    )
    const program = await bundle('src/main/learning/pretraining/pretraining.thread.ts')
    const making = { from: { plan, images, seed: 5 }, make: batchesOf, empty: () => emptyBatch(step) }
    const here = openBatches({ ...making, program: undefined }, 1)
    const there = openBatches({ ...making, program }, 1)
    try {
      for (let at = 3; at < 9; at++) {
        const [a, b] = [await here.at(at), await there.at(at)]
        expect(b).toEqual(a)
        for (const array of Object.values(b)) expect(array.some((value) => value !== 0)).toBe(true)
      }
    } finally {
      await there.close()
    }
  })
})
