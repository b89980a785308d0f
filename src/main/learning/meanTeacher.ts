import { NOT_ANNOTATED } from '../../shared/labels/schema'
import { openSession, type Device, type Session, type SessionOptions, type Value } from '../graph/session'
import type { NetworkConfig } from '../networks/network'
import { teacherOf } from './memory'
import type { Recipe, SemiSupervised } from './recipe'
import type { UnlabelledBatch } from './unlabelledPatches'

/**
 * How much samples without labels count, from 0 to `weight`: exp(-5 (1 - t)^2) with t rising to 1 over the first `rampUp`
 * of the run (Laine and Aila 2017, section 2), since a teacher that has not learned yet teaches nothing.
 */
export function unsupervisedWeight({ weight, rampUp }: SemiSupervised, progress: number): number {
  const t = rampUp > 0 ? Math.min(1, progress / rampUp) : 1
  return weight * Math.exp(-5 * (1 - t) ** 2)
}

export interface MeanTeacherOptions extends SessionOptions {
  readonly recipe: Pick<Recipe, 'patch'> & { readonly semi: SemiSupervised }
  readonly config: NetworkConfig
  readonly device?: Device
}

/**
 * The teacher of a run, whose weights are the moving average of the student's: what a step learns from images without labels
 * (`teacher-student-coarse-to-fine`, section 2.1). The teacher sees a patch as it is; the student sees the same place turned,
 * scaled, in other contrast and with noise (`unlabelledPatches.ts`), and has to answer the same.
 */
export class MeanTeacher {
  /** That the graph stood still while answers were carried over to where the student looks. */
  secondsWaited = 0
  readonly #targets: Targets

  private constructor(
    private readonly options: MeanTeacherOptions,
    private readonly session: Session,
  ) {
    const { recipe, config } = options
    const voxels = recipe.semi.batch * recipe.patch[0] * recipe.patch[1] * recipe.patch[2]
    this.#targets = {
      labels: new Int32Array(voxels),
      probabilities: new Float32Array(voxels * config.outputChannels),
      inside: new Float32Array(voxels),
    }
  }

  static async open(options: MeanTeacherOptions): Promise<MeanTeacher> {
    const { recipe, config, device, threads } = options
    const bytes = teacherOf(config, recipe).encode()
    return new MeanTeacher(options, await openSession(bytes, device ?? 'cpu', { threads }))
  }

  /**
   * What a step takes beside its labelled samples. The arrays are used again by the next call.
   * @param batch of the step
   * @param progress of the run, 0 to 1
   * @param weights the teacher's
   */
  async feeds(
    { plain, changed, seen }: UnlabelledBatch,
    progress: number,
    weights: Float32Array,
  ): Promise<Record<string, Value>> {
    const { recipe, config } = this.options
    const { patch, semi } = recipe
    const shape = [semi.batch, 1, patch[2], patch[1], patch[0]]
    const answer = await this.session.run({
      image: { data: plain, dims: shape },
      parameters: { data: weights, dims: [weights.length] },
    })
    const theirs = answer.probabilities.data as Float32Array
    const began = performance.now()
    const { labels, probabilities, inside } = this.#targets
    const size = seen.length / semi.batch
    for (let n = 0; n < semi.batch; n++) {
      const part = <T extends Float32Array | Int32Array>(all: T, by = 1): T =>
        all.subarray(n * size * by, (n + 1) * size * by) as T
      carryOver(part(theirs, config.outputChannels), part(seen), semi.confidence, {
        labels: part(labels),
        probabilities: part(probabilities, config.outputChannels),
        inside: part(inside),
      })
    }
    this.secondsWaited += (performance.now() - began) / 1000
    const ofClasses = [shape[0], config.outputChannels, ...shape.slice(2)]
    return {
      'unlabelled.image': { data: changed, dims: shape },
      'unlabelled.labels': { data: labels, dims: shape },
      'unlabelled.probabilities': { data: probabilities, dims: ofClasses },
      'unlabelled.inside': { data: inside, dims: shape },
      'unlabelled.weight': { data: Float32Array.of(unsupervisedWeight(semi, progress)), dims: [1] },
    }
  }

  close(): Promise<void> {
    return this.session.close()
  }
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
