import { seededRandom } from '../../../shared/random'
import { reconstruction } from '../../graph/softLosses'
import { buildStep } from '../../graph/trainingStep'
import { buildNetwork } from '../../networks/network'
import { byEpochs, mixSeeds } from '../caseOrder'
import { spoil } from './genesisTransforms'
import { imageShape, updateOf, type MakeBatches, type PretrainingStep } from './method'
import type { PlanOf } from './plan'
import { anywhere, sampleView } from './views'

/** The network gives back the patch that it is shown spoiled (`genesis-pretraining-self-training`, equation 1). */
export function genesisStep(plan: PlanOf<'genesis'>): PretrainingStep {
  const shape = imageShape(plan, plan.batch)
  const graph = buildStep((tape) => {
    const g = tape.graph
    const config = { ...plan.network, inputChannels: 1, outputChannels: 1 }
    const restored = buildNetwork(tape, g.input('image', shape), config)
    const loss = reconstruction(tape, restored, g.input('target', shape), g.input('inside', shape), plan.settings.norm)
    return { loss, figures: { loss } }
  }, updateOf(plan))
  return { graph, fed: ['image', 'target', 'inside'], momentum: null }
}

/** Patches anywhere in the images, spoiled, as they were, and where they show the image itself. */
export const genesisBatches: MakeBatches<PlanOf<'genesis'>> = (plan, images, seed) => {
  const order = byEpochs(images, plan.batch, seed)
  const voxels = plan.patch[0] * plan.patch[1] * plan.patch[2]
  const target = new Float32Array(plan.batch * voxels)
  const inside = new Float32Array(plan.batch * voxels)
  return (step) => {
    const random = seededRandom(mixSeeds(seed, step))
    const spoiled = new Float32Array(plan.batch * voxels)
    for (const [n, from] of order.at(step).entries()) {
      const part = (all: Float32Array): Float32Array => all.subarray(n * voxels, (n + 1) * voxels)
      sampleView(from, plan.patch, anywhere(from.dims, plan.patch, random), part(target), part(inside))
      const values = part(spoiled)
      values.set(part(target))
      spoil({ size: plan.patch, values, low: from.low, high: from.high }, plan.settings.transforms, random)
    }
    return { image: spoiled, target, inside }
  }
}
