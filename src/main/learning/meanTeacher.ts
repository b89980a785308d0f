import type { Vec3 } from '../../shared/geometry/affine'
import { NOT_ANNOTATED } from '../../shared/labels/schema'
import { seededRandom } from '../../shared/random'
import { openSession, type Session, type SessionOptions, type Value, type Device } from '../graph/session'
import type { NetworkConfig } from '../networks/network'
import { changeIntensities, drawPlacement, noiseTable, type Placement } from './augment'
import { byEpochs, mixSeeds, type CaseOrder } from './caseOrder'
import { chooseStart, nearestVoxels, samplePatch } from './patches'
import { teacherOf } from './memory'
import type { PreparedCase } from './preparedCase'
import type { Recipe, SemiSupervised } from './recipe'

/**
 * How much samples without labels count, from 0 to `weight`: exp(-5 (1 - t)^2) with t rising to 1 over the first `rampUp`
 * of the run (Laine and Aila 2017, section 2), since a teacher that has not learned yet teaches nothing.
 */
export function unsupervisedWeight({ weight, rampUp }: SemiSupervised, progress: number): number {
  const t = rampUp > 0 ? Math.min(1, progress / rampUp) : 1
  return weight * Math.exp(-5 * (1 - t) ** 2)
}

export interface MeanTeacherOptions extends SessionOptions {
  readonly recipe: Pick<Recipe, 'patch' | 'augmentation'> & { readonly semi: SemiSupervised }
  readonly config: NetworkConfig
  readonly seed: number
  readonly device?: Device
}

/**
 * The teacher of a run, whose weights are the moving average of the student's: what a step learns from images without labels
 * (`teacher-student-coarse-to-fine`, section 2.1). The teacher sees a patch as it is; the student sees the same place turned,
 * scaled, in other contrast and with noise, and has to answer the same. What both see depends on the seed and the step alone.
 */
export class MeanTeacher {
  /** That the graph stood still for data. */
  secondsWaited = 0
  readonly #order: CaseOrder
  readonly #noise: Float32Array
  readonly #feeds: {
    readonly image: Float32Array
    readonly labels: Int32Array
    readonly probabilities: Float32Array
    readonly inside: Float32Array
  }

  private constructor(
    cases: readonly PreparedCase[],
    private readonly options: MeanTeacherOptions,
    private readonly session: Session,
  ) {
    const { recipe, seed, config } = options
    const { batch } = recipe.semi
    this.#order = byEpochs(cases, batch, mixSeeds(seed, UNLABELLED))
    this.#noise = noiseTable(mixSeeds(seed, UNLABELLED))
    const voxels = batch * recipe.patch[0] * recipe.patch[1] * recipe.patch[2]
    this.#feeds = {
      image: new Float32Array(voxels),
      labels: new Int32Array(voxels),
      probabilities: new Float32Array(voxels * config.outputChannels),
      inside: new Float32Array(voxels),
    }
  }

  static async open(cases: readonly PreparedCase[], options: MeanTeacherOptions): Promise<MeanTeacher> {
    const { recipe, config, device, threads } = options
    const bytes = teacherOf(config, recipe).encode()
    return new MeanTeacher(cases, options, await openSession(bytes, device ?? 'cpu', { threads }))
  }

  /**
   * What a step takes beside its labelled samples. The arrays are used again by the next call.
   * @param progress of the run, 0 to 1
   * @param weights the teacher's
   */
  async feeds(step: number, progress: number, weights: Float32Array): Promise<Record<string, Value>> {
    const { recipe, seed, config } = this.options
    const { patch, augmentation, semi } = recipe
    const { image, labels, probabilities, inside } = this.#feeds
    const random = seededRandom(mixSeeds(seed, step)).fork('unlabelled')
    const began = performance.now()
    const size = patch[0] * patch[1] * patch[2]
    const drawn = this.#order.at(step).map((from) => {
      const start = chooseStart(from, patch, 0, random)
      return { from, start, placement: drawPlacement(augmentation, start, patch, from.spacing, random) }
    })
    const plain = new Float32Array(image.length)
    for (const [n, { from, start }] of drawn.entries()) {
      samplePatch(from, patch, unmoved(start), plain.subarray(n * size, (n + 1) * size), labels.subarray(n * size))
    }
    const asked = performance.now()
    const answer = await this.#answer(plain, weights)
    const answered = performance.now()
    for (const [n, { from, start, placement }] of drawn.entries()) {
      const part = <T extends Float32Array | Int32Array>(all: T, by = 1): T =>
        all.subarray(n * size * by, (n + 1) * size * by) as T
      samplePatch(from, patch, placement, part(image), part(labels))
      changeIntensities(augmentation, part(image), patch, this.#noise, random)
      const theirs = answer.subarray(n * size * config.outputChannels, (n + 1) * size * config.outputChannels)
      const seen = whereSeen({ from, start, placement, patch })
      carryOver(theirs, seen, semi.confidence, {
        labels: part(labels),
        probabilities: part(probabilities, config.outputChannels),
        inside: part(inside),
      })
    }
    this.secondsWaited += (asked - began + performance.now() - answered) / 1000
    const shape = imageShapeOf(semi.batch, patch)
    const ofClasses = [shape[0], config.outputChannels, ...shape.slice(2)]
    return {
      'unlabelled.image': { data: image, dims: shape },
      'unlabelled.labels': { data: labels, dims: shape },
      'unlabelled.probabilities': { data: probabilities, dims: ofClasses },
      'unlabelled.inside': { data: inside, dims: shape },
      'unlabelled.weight': { data: Float32Array.of(unsupervisedWeight(semi, progress)), dims: [1] },
    }
  }

  async #answer(image: Float32Array, weights: Float32Array): Promise<Float32Array> {
    const { recipe } = this.options
    const { probabilities } = await this.session.run({
      image: { data: image, dims: imageShapeOf(recipe.semi.batch, recipe.patch) },
      parameters: { data: weights, dims: [weights.length] },
    })
    return probabilities.data as Float32Array
  }

  close(): Promise<void> {
    return this.session.close()
  }
}

/** Sets the stream of samples without labels apart from that of the labelled. */
const UNLABELLED = 0x0ce11ed

const imageShapeOf = (batch: number, patch: Vec3) => [batch, 1, patch[2], patch[1], patch[0]] as const

const unmoved = (start: Vec3): Placement => ({
  origin: start,
  rows: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
})

interface Seen {
  readonly from: Pick<PreparedCase, 'dims'>
  /** The case's voxel under the teacher's first. */
  readonly start: Vec3
  /** Where the student's voxels lie in the case. */
  readonly placement: Placement
  readonly patch: Vec3
}

/** For each voxel of the student's patch the nearest of the teacher's, or -1 where the teacher or the image does not reach. */
export function whereSeen({ from: { dims }, start, placement, patch }: Seen): Int32Array {
  const [ni, nj, nk] = patch
  return nearestVoxels(dims, patch, placement).map((at) => {
    if (at < 0) return -1
    const i = (at % dims[0]) - start[0]
    const j = (Math.floor(at / dims[0]) % dims[1]) - start[1]
    const k = Math.floor(at / (dims[0] * dims[1])) - start[2]
    return i < 0 || j < 0 || k < 0 || i >= ni || j >= nj || k >= nk ? -1 : i + ni * (j + nj * k)
  })
}

interface Targets {
  readonly labels: Int32Array
  readonly probabilities: Float32Array
  readonly inside: Float32Array
}

/**
 * The teacher's answer at the student's voxels: probabilities, and as pseudo-labels the likeliest class where its
 * probability is at least `confidence`; 255 elsewhere.
 * @param theirs [K, voxels]
 */
export function carryOver(
  theirs: Float32Array,
  seen: Int32Array,
  confidence: number,
  { labels, probabilities, inside }: Targets,
): void {
  const voxels = seen.length
  const classes = theirs.length / voxels
  for (let at = 0; at < voxels; at++) {
    const source = seen[at]
    labels[at] = NOT_ANNOTATED
    inside[at] = source < 0 ? 0 : 1
    let most = -1
    for (let k = 0; k < classes; k++) {
      const probability = source < 0 ? 0 : theirs[k * voxels + source]
      probabilities[k * voxels + at] = probability
      if (probability < confidence || probability <= most) continue
      most = probability
      labels[at] = k
    }
  }
}
