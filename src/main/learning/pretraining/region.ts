import type { Vec3 } from '../../../shared/geometry/affine'
import { seededRandom, type Random } from '../../../shared/random'
import { infoNce, regionContrast } from '../../graph/contrast'
import type { Tensor } from '../../graph/graph'
import type { Tape } from '../../graph/tape'
import { buildStep } from '../../graph/trainingStep'
import { buildNetwork } from '../../networks/network'
import { projectImage } from '../../networks/projection'
import { unetEncoder } from '../../networks/unet'
import { byEpochs, mixSeeds } from '../caseOrder'
import { drawElastic } from './elastic'
import { felzenszwalb, type Regions } from './felzenszwalb'
import type { PreparedImage } from './images'
import { imageShape, KEYS, QUEUE, updateOf, type MakeBatches, type PretrainingStep } from './method'
import { gatherByImage, momentumTape } from './position'
import type { PlanOf, RegionSettings } from './plan'
import { anywhere, nearestVoxels, sampleView } from './views'

/** Mean of each region's sampled vectors: features [N, C, ...], voxels int32 [N K S] give [N K, C]. */
function sampleMeans(tape: Tape, features: Tensor, voxels: Tensor, samples: number): Tensor {
  const rows = gatherByImage(tape, features, voxels)
  const [all, channels] = rows.shape
  const sums = tape.sum(tape.reshape(rows, [all / samples, samples, channels]), [1])
  return tape.reshape(tape.mul(sums, 1 / samples), [all / samples, channels])
}

/**
 * Two networks, one of which learns to tell regions apart in an image and an elastic view of it, the other's encoder
 * whole images from one another (`localized-region-contrast`, section 2.1). Figures: `loss`, `local`, `global`, `keys`.
 */
export function regionStep(plan: PlanOf<'region'>): PretrainingStep {
  const { count, samples, dimensions, temperature, global } = plan.settings
  const { batch } = plan
  const config = { ...plan.network, inputChannels: 1, outputChannels: dimensions }
  const graph = buildStep((tape) => {
    const g = tape.graph
    // Both views go through the network together: instance norm keeps them apart.
    const views = g.input('views', imageShape(plan, 2 * batch))
    const at = (name: string): Tensor => g.input(name, [batch * count * samples], 'int32')
    const valid = g.input('valid', [batch * count, 1])
    const half = (of: Tensor, n: 0 | 1): Tensor => tape.slice(of, 0, n * batch, (n + 1) * batch)

    const features = tape.within('local', { frozen: false }, () => buildNetwork(tape, views, config))
    const queries = sampleMeans(tape, half(features, 0), at('points'), samples)
    const positives = sampleMeans(tape, half(features, 1), at('viewPoints'), samples)
    const perImage = Array.from({ length: batch }, (_, n) => {
      const own = (rows: Tensor): Tensor => tape.slice(rows, 0, n * count, (n + 1) * count)
      return regionContrast(tape, own(queries), own(positives), own(valid), temperature)
    })
    const local = tape.mul(
      perImage.reduce((sum, one) => tape.add(sum, one)),
      1 / batch,
    )

    const embed = (on: Tape, image: Tensor): Tensor =>
      on.within('global', { frozen: false }, () => {
        const deepest = unetEncoder(on, image, config)[config.levels - 1]
        return projectImage(on, 'projection', deepest, global.projection)
      })
    const image = embed(tape, half(views, 0))
    const keys = embed(momentumTape(g, tape), half(views, 1))
    const queue = g.input(QUEUE, [global.queue, global.projection.outputs])
    const whole = infoNce(tape, image, keys, queue, global.temperature, 'negative')

    const loss = tape.add(local, tape.mul(whole, global.weight))
    return { loss, figures: { loss, local, global: whole, [KEYS]: keys } }
  }, updateOf(plan))
  const momentum = { decay: global.decay, queue: global.queue, dimensions: global.projection.outputs }
  return { graph, fed: ['views', 'points', 'viewPoints', 'valid'], momentum }
}

/** Voxels of an image and of its view that are drawn of each region. */
interface RegionSamples {
  /** [count, samples] each. */
  readonly points: Int32Array
  readonly viewPoints: Int32Array
  /** [count]: 1 where there is a region, else 0. */
  readonly valid: Float32Array
}

/** Below so many voxels in a view a region is not there. */
const LEAST = 4

/** The numbers of a view's voxels, region by region. */
function byRegion(voxels: Int32Array, { regionOf, count }: Regions): (region: number) => Int32Array {
  const first = new Int32Array(count + 1)
  for (const at of voxels) if (at >= 0) first[regionOf[at] + 1]++
  for (let region = 0; region < count; region++) first[region + 1] += first[region]
  const next = first.slice()
  const order = new Int32Array(first[count])
  voxels.forEach((at, n) => {
    if (at >= 0) order[next[regionOf[at]]++] = n
  })
  return (region) => order.subarray(first[region], first[region + 1])
}

/**
 * Draws regions that are in the image and in its view, and voxels of them with replacement, evenly, on either side.
 * @param image numbers of the image's voxels by voxel of the first view, -1 beyond; `view` likewise
 */
export function sampleRegions(
  regions: Regions,
  image: Int32Array,
  view: Int32Array,
  { count, samples }: Pick<RegionSettings, 'count' | 'samples'>,
  random: Random,
): RegionSamples {
  const [inImage, inView] = [byRegion(image, regions), byRegion(view, regions)]
  const there = Array.from({ length: regions.count }, (_, region) => region).filter(
    (region) => inImage(region).length >= LEAST && inView(region).length >= LEAST,
  )
  const [points, viewPoints] = [new Int32Array(count * samples), new Int32Array(count * samples)]
  const valid = new Float32Array(count)
  for (let n = 0; n < count && there.length > 0; n++) {
    const [region] = there.splice(random.int(there.length), 1)
    valid[n] = 1
    for (const [drawn, from] of [[points, inImage(region)] as const, [viewPoints, inView(region)] as const]) {
      for (let at = n * samples; at < (n + 1) * samples; at++) drawn[at] = from[random.int(from.length)]
    }
  }
  return { points, viewPoints, valid }
}

/** Parts of the images, elastic views of them, and voxels drawn of their regions. */
export const regionBatches: MakeBatches<PlanOf<'region'>> = (plan, images, seed) => {
  const { settings, patch, batch } = plan
  const { count, samples } = settings
  const order = byEpochs(images, batch, seed)
  const found = new Map<PreparedImage, Regions>()
  const regionsOf = (from: PreparedImage): Regions => {
    const regions = found.get(from) ?? felzenszwalb(from.image, from.dims, [from.low, from.high], settings.regions)
    found.set(from, regions)
    return regions
  }
  const voxels = patch[0] * patch[1] * patch[2]
  const size: Vec3 = patch
  return (step) => {
    const random = seededRandom(mixSeeds(seed, step))
    const views = new Float32Array(2 * batch * voxels)
    const points = new Int32Array(batch * count * samples)
    const viewPoints = new Int32Array(batch * count * samples)
    const valid = new Float32Array(batch * count)
    for (const [n, from] of order.at(step).entries()) {
      const first = anywhere(from.dims, size, random)
      const second = { ...first, shift: drawElastic(size, settings.elastic, random) }
      sampleView(from, size, first, views.subarray(n * voxels, (n + 1) * voxels))
      sampleView(from, size, second, views.subarray((batch + n) * voxels, (batch + n + 1) * voxels))
      const [image, view] = [nearestVoxels(from.dims, size, first), nearestVoxels(from.dims, size, second)]
      const drawn = sampleRegions(regionsOf(from), image, view, settings, random)
      points.set(drawn.points, n * count * samples)
      viewPoints.set(drawn.viewPoints, n * count * samples)
      valid.set(drawn.valid, n * count)
    }
    return { views, points, viewPoints, valid }
  }
}
