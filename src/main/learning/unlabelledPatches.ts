import type { Vec3 } from '../../shared/geometry/affine'
import { seededRandom } from '../../shared/random'
import { changeIntensities, drawPlacement, noiseTable, type Placement } from './augment'
import { byEpochs, mixSeeds, type CaseOrder } from './caseOrder'
import { chooseStart, nearestVoxels, samplePatch } from './patches'
import type { PreparedCase } from './preparedCase'
import type { Recipe, SemiSupervised } from './recipe'

/** What a step takes of images without labels, before the teacher has answered. */
export type UnlabelledBatch = {
  /** [batch, 1, K, J, I], i fastest: patches as they are, for the teacher. */
  readonly plain: Float32Array
  /** The same places turned, scaled, in other contrast and with noise, for the student. */
  readonly changed: Float32Array
  /** [batch, K * J * I]: of the student's voxels, the nearest of the teacher's in the same sample; -1 where there is none. */
  readonly seen: Int32Array
}

export interface UnlabelledOptions {
  readonly recipe: Pick<Recipe, 'patch' | 'augmentation'> & { readonly semi: SemiSupervised }
  readonly seed: number
}

/** Makes what a mean teacher and its student see. It depends on the seed, the step and the cases alone. */
export class UnlabelledPatches {
  readonly #order: CaseOrder
  readonly #noise: Float32Array
  readonly #batch: UnlabelledBatch
  readonly #labels: Int32Array

  constructor(
    cases: readonly PreparedCase[],
    private readonly options: UnlabelledOptions,
  ) {
    const { recipe, seed } = options
    this.#order = byEpochs(cases, recipe.semi.batch, mixSeeds(seed, UNLABELLED))
    this.#noise = noiseTable(mixSeeds(seed, UNLABELLED))
    this.#batch = UnlabelledPatches.emptyBatch(options)
    this.#labels = new Int32Array(voxelsOf(recipe.patch))
  }

  /** A batch of zeros, of the size that a recipe's are. */
  static emptyBatch({ recipe }: UnlabelledOptions): UnlabelledBatch {
    const voxels = recipe.semi.batch * voxelsOf(recipe.patch)
    return { plain: new Float32Array(voxels), changed: new Float32Array(voxels), seen: new Int32Array(voxels) }
  }

  /** The batch of a step, counted from 0. Its arrays are used again by the next call. */
  at(step: number): UnlabelledBatch {
    const { patch, augmentation } = this.options.recipe
    const { plain, changed, seen } = this.#batch
    const size = voxelsOf(patch)
    const random = seededRandom(mixSeeds(this.options.seed, step)).fork('unlabelled')
    const drawn = this.#order.at(step).map((from) => {
      const start = chooseStart(from, patch, 0, random)
      return { from, start, placement: drawPlacement(augmentation, start, patch, from.spacing, random) }
    })
    for (const [n, { from, start, placement }] of drawn.entries()) {
      const student = changed.subarray(n * size, (n + 1) * size)
      samplePatch(from, patch, unmoved(start), plain.subarray(n * size, (n + 1) * size), this.#labels)
      samplePatch(from, patch, placement, student, this.#labels)
      changeIntensities(augmentation, student, patch, this.#noise, random)
      seen.set(whereSeen({ from, start, placement, patch }), n * size)
    }
    return this.#batch
  }
}

/** Sets the stream of samples without labels apart from that of the labelled. */
const UNLABELLED = 0x0ce11ed

const voxelsOf = ([i, j, k]: Vec3): number => i * j * k

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
