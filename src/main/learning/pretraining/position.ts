import type { Vec3 } from '../../../shared/geometry/affine'
import { seededRandom, type Random } from '../../../shared/random'
import { infoNce } from '../../graph/contrast'
import type { Graph, Tensor } from '../../graph/graph'
import { Tape } from '../../graph/tape'
import { buildStep } from '../../graph/trainingStep'
import { buildNetwork } from '../../networks/network'
import { changeIntensities, noiseTable } from '../augment'
import { byEpochs, mixSeeds } from '../caseOrder'
import { drawElastic } from './elastic'
import { imageShape, KEYS, MOMENTUM, QUEUE, updateOf, type MakeBatches, type PretrainingStep } from './method'
import type { PreparedImage } from './images'
import { drawOverlap, drawPoints, shownShare, type IsShown, type ViewPair } from './overlap'
import type { PlanOf } from './plan'
import { sampleView } from './views'

/** A tape for a momentum encoder: the same names, out of a flat vector of its own, and no gradient. */
export function momentumTape(g: Graph, query: Tape): Tape {
  const length = query.parameters.reduce((sum, { size }) => sum + size, 0)
  const flat = g.input(MOMENTUM, [length])
  return new Tape(g, ({ name, shape }) => {
    const spec = query.parameters.find((other) => other.name === name)
    if (!spec) throw new Error(`the momentum encoder has a weight '${name}' that the network lacks`)
    return g.reshape(g.slice(flat, [spec.offset], [spec.offset + spec.size], [0]), shape)
  })
}

/** The features of so many voxels of each image, numbered within it: [N, C, ...] and int32 [N P] give [N P, C]. */
export function gatherByImage(tape: Tape, features: Tensor, voxels: Tensor): Tensor {
  const [images] = features.shape
  const points = voxels.shape[0] / images
  const rows = Array.from({ length: images }, (_, n) => {
    const own = tape.graph.slice(voxels, [n * points], [(n + 1) * points], [0])
    return tape.gatherVoxels(tape.slice(features, 0, n, n + 1), own)
  })
  return rows.length === 1 ? rows[0] : tape.concat(rows, 0)
}

/**
 * A point's encoding by the network is to be that of the corresponding point by the momentum network, and unlike the
 * encodings of all other points: those of the same views, and those of former ones, in the queue
 * (`lapn-unsupervised-representation`, section 2.2).
 */
export function positionStep(plan: PlanOf<'position'>): PretrainingStep {
  const { dimensions, temperature, decay, queue, points } = plan.settings
  const shape = imageShape(plan, plan.batch)
  const config = { ...plan.network, inputChannels: 1, outputChannels: dimensions }
  const graph = buildStep((tape) => {
    const g = tape.graph
    const at = (name: string): Tensor => g.input(name, [plan.batch * points], 'int32')
    const queries = gatherByImage(tape, buildNetwork(tape, g.input('image', shape), config), at('points'))
    const keyTape = momentumTape(g, tape)
    const keys = gatherByImage(keyTape, buildNetwork(keyTape, g.input('keyImage', shape), config), at('keyPoints'))
    const loss = infoNce(tape, queries, keys, g.input(QUEUE, [queue, dimensions]), temperature, 'negative')
    return { loss, figures: { loss, [KEYS]: keys } }
  }, updateOf(plan))
  return { graph, fed: ['image', 'keyImage', 'points', 'keyPoints'], momentum: { decay, queue, dimensions } }
}

const LEAST_SHOWN = 1 / 8
const TRIES = 50

/** Two overlapping views that have more than air in common, if chance allows it. */
function drawViews({ settings, patch }: PlanOf<'position'>, dims: Vec3, isShown: IsShown, random: Random): ViewPair {
  let pair = drawOverlap(dims, patch, settings.overlap, random)
  for (let tries = 1; tries < TRIES && shownShare(pair, dims, patch, isShown) < LEAST_SHOWN; tries++) {
    pair = drawOverlap(dims, patch, settings.overlap, random)
  }
  return pair
}

/** Above the lowest intensity, which in a window of HU is that of air. */
function shownIn({ dims, image, low }: PreparedImage): IsShown {
  const [ni, nj, nk] = dims
  const nearest = (x: number, n: number): number => Math.min(n - 1, Math.max(0, Math.round(x)))
  return ([x, y, z]) => image[nearest(x, ni) + ni * (nearest(y, nj) + nj * nearest(z, nk))] > low
}

/** Pairs of views that have a part in common, and points there. */
export const positionBatches: MakeBatches<PlanOf<'position'>> = (plan, images, seed) => {
  const { settings, patch, batch } = plan
  const order = byEpochs(images, batch, seed)
  const noise = noiseTable(seed)
  const voxels = patch[0] * patch[1] * patch[2]
  return (step) => {
    const random = seededRandom(mixSeeds(seed, step))
    const [image, keyImage] = [new Float32Array(batch * voxels), new Float32Array(batch * voxels)]
    const [points, keyPoints] = [new Int32Array(batch * settings.points), new Int32Array(batch * settings.points)]
    for (const [n, from] of order.at(step).entries()) {
      const isShown = shownIn(from)
      const views = drawViews(plan, from.dims, isShown, random)
      const shift = settings.elastic ? drawElastic(patch, settings.elastic, random) : undefined
      const pair = { ...views, query: { ...views.query, shift } }
      for (const [view, all] of [[pair.query, image] as const, [pair.key, keyImage] as const]) {
        const own = all.subarray(n * voxels, (n + 1) * voxels)
        sampleView(from, patch, view, own)
        if (settings.intensities) changeIntensities(plan.fineTuning.augmentation, own, patch, noise, random)
      }
      const drawn = drawPoints(pair, from.dims, patch, settings.points, random, isShown)
      points.set(drawn.query, n * settings.points)
      keyPoints.set(drawn.key, n * settings.points)
    }
    return { image, keyImage, points, keyPoints }
  }
}
