import type { Vec3 } from '../../shared/geometry/affine'
import { NOT_ANNOTATED } from '../../shared/labels/schema'
import { seededRandom, type Random } from '../../shared/random'
import { changeIntensities, drawPlacement, noiseTable, type Placement } from './augment'
import { byEpochs, byLabelType, mixSeeds, type CaseOrder } from './caseOrder'
import { unannotatedOf } from './partialLabels'
import { lesionObjects, pasteLesion, type LesionObject, type Sample } from './cutMix'
import { PER_NAT, type PreparedCase } from './preparedCase'
import type { Recipe } from './recipe'
import { trilinear } from './trilinear'

/** One step's worth of samples, as the training graph takes them. */
export type Batch = {
  /** [batch, 1, K, J, I], i fastest. */
  readonly image: Float32Array
  /** [batch, K * J * I]: output channels, 255 where it is not known. */
  readonly labels: Int32Array
  /** [batch, channels]: 1 where the sample's case annotates the channel. */
  readonly annotated: Float32Array
  /** [batch, channels, K * J * I]: logarithms of what the teachers find likely; none where the recipe has no teachers. */
  readonly teacher?: Float32Array
}

export interface PatchOptions {
  readonly recipe: Pick<
    Recipe,
    'patch' | 'batch' | 'foregroundShare' | 'augmentation' | 'partialLabels' | 'cutMix' | 'distillation'
  >
  readonly seed: number
  /** Channels that are lesions, for a recipe that pastes some. */
  readonly lesions?: readonly number[]
}

/**
 * Makes the batches of a run. Batch `step` depends on the seed, the step and the cases alone, so that a run which was
 * interrupted goes on as if it had not been. Which cases it holds, `caseOrder` says: by epochs, or one label type a batch
 * where the recipe says what is learned of a type's unknown structures.
 */
export class PatchSource {
  readonly #order: CaseOrder
  readonly #options: PatchOptions
  readonly #noise: Float32Array
  readonly #batch: Batch
  readonly #objects: readonly LesionObject[]

  constructor(cases: readonly PreparedCase[], options: PatchOptions) {
    if (cases.length === 0) throw new RangeError('patches need at least one case')
    const { recipe, seed } = options
    this.#order = (unannotatedOf(recipe) ? byLabelType : byEpochs)(cases, recipe.batch, seed)
    this.#options = options
    this.#noise = noiseTable(options.seed)
    this.#batch = PatchSource.emptyBatch(cases, options)
    const { lesions = [] } = options
    this.#objects = recipe.cutMix
      ? lesionObjects(cases, lesions, recipe.cutMix, seededRandom(seed).fork('lesion objects'))
      : []
  }

  /** A batch of zeros, of the size that a source of these cases makes. */
  static emptyBatch(cases: readonly PreparedCase[], { recipe }: PatchOptions): Batch {
    const [ni, nj, nk] = recipe.patch
    const voxels = recipe.batch * ni * nj * nk
    const channels = cases[0].annotated.length
    return {
      image: new Float32Array(voxels),
      labels: new Int32Array(voxels),
      annotated: new Float32Array(recipe.batch * channels),
      ...(recipe.distillation && { teacher: new Float32Array(voxels * channels) }),
    }
  }

  /** The batch of a step, counted from 0. Its arrays are used again by the next call. */
  at(step: number): Batch {
    const { recipe, seed } = this.#options
    const random = seededRandom(mixSeeds(seed, step))
    const voxels = this.#batch.image.length / recipe.batch
    for (const [n, from] of this.#order.at(step).entries()) {
      const start = chooseStart(from, recipe.patch, recipe.foregroundShare, random)
      const placement = drawPlacement(recipe.augmentation, start, recipe.patch, from.spacing, random)
      const image = this.#batch.image.subarray(n * voxels, (n + 1) * voxels)
      const labels = this.#batch.labels.subarray(n * voxels, (n + 1) * voxels)
      samplePatch(from, recipe.patch, placement, image, labels)
      // A stream of its own, so that a recipe without it draws as it always did.
      this.#pasteLesion(
        from,
        { image, labels, patch: recipe.patch, annotated: toldApart(from, recipe) },
        random.fork(`lesion ${n}`),
      )
      changeIntensities(recipe.augmentation, image, recipe.patch, this.#noise, random)
      this.#batch.annotated.set(from.annotated, n * from.annotated.length)
      if (this.#batch.teacher) {
        const size = from.annotated.length * voxels
        sampleTeacher(from, recipe.patch, placement, this.#batch.teacher.subarray(n * size, (n + 1) * size))
      }
    }
    return this.#batch
  }

  /** Into cases that are known to have no lesion, which is where the label would otherwise never be seen. */
  #pasteLesion(from: PreparedCase, sample: Sample, random: Random): void {
    const { recipe, lesions = [] } = this.#options
    if (!recipe.cutMix || this.#objects.length === 0 || from.soft) return
    if (lesions.some((channel) => from.annotated[channel] !== 1 || from.seeds[channel].length > 0)) return
    if (random.next() >= recipe.cutMix.probability) return
    pasteLesion(sample, this.#objects[random.int(this.#objects.length)], random)
  }
}

/** By channel: where the recipe says what is learned of a case's unknown structures, those it knows; else all. */
function toldApart({ annotated }: PreparedCase, recipe: PatchOptions['recipe']): Float32Array {
  return unannotatedOf(recipe) ? annotated : new Float32Array(annotated.length).fill(1)
}

/**
 * The voxel (i, j, k) of a case that a patch's first voxel falls on, negative where the patch is larger than the case.
 * With probability `foregroundShare` the patch is centred, to a quarter of its size, on a voxel of a structure that is
 * drawn evenly among those that the case has.
 */
export function chooseStart(from: PreparedCase, patch: Vec3, foregroundShare: number, random: Random): Vec3 {
  const uniform = (axis: 0 | 1 | 2): number => {
    const room = from.dims[axis] - patch[axis]
    return room >= 0 ? random.int(room + 1) : -random.int(1 - room)
  }
  const present = from.seeds.filter((seeds) => seeds.length > 0)
  if (present.length === 0 || random.next() >= foregroundShare) return [uniform(0), uniform(1), uniform(2)]
  const seeds = present[random.int(present.length)]
  const at = seeds[random.int(seeds.length)]
  const [ni, nj] = from.dims
  const voxel: Vec3 = [at % ni, Math.floor(at / ni) % nj, Math.floor(at / (ni * nj))]
  const around = (axis: 0 | 1 | 2): number => {
    const room = from.dims[axis] - patch[axis]
    const jitter = (random.next() - 0.5) * 0.5 * patch[axis]
    const start = Math.round(voxel[axis] - patch[axis] / 2 + jitter)
    return Math.min(Math.max(start, Math.min(0, room)), Math.max(0, room))
  }
  return [around(0), around(1), around(2)]
}

/**
 * Cuts a patch out of a case in one pass: image by trilinear interpolation, labels by the nearest voxel. What lies
 * beyond the case becomes its `padding` in the image and 255 in the labels.
 * @param image filled with I * J * K values, i fastest
 * @param labels filled with as many
 */
export function samplePatch(
  from: PreparedCase,
  [ni, nj, nk]: Vec3,
  placement: Placement,
  image: Float32Array,
  labels: Int32Array,
): void {
  const { origin, rows, bend } = placement
  if (bend) return sampleBent(from, [ni, nj, nk], { origin, rows, bend }, image, labels)
  const [si, sj, sk] = from.dims
  const slice = si * sj
  const { image: source, padding } = from
  const [[xi, xj, xk], [yi, yj, yk], [zi, zj, zk]] = rows
  let to = 0
  for (let k = 0; k < nk; k++) {
    for (let j = 0; j < nj; j++) {
      const x0 = origin[0] + xj * j + xk * k
      const y0 = origin[1] + yj * j + yk * k
      const z0 = origin[2] + zj * j + zk * k
      let first = 0
      let last = ni - 1
      for (const [at, step, size] of [
        [x0, xi, si],
        [y0, yi, sj],
        [z0, zi, sk],
      ]) {
        if (Math.abs(step) < 1e-9) {
          if (at < -EDGE || at > size - 1 + EDGE) last = -1
          continue
        }
        const low = (-EDGE - at) / step
        const high = (size - 1 + EDGE - at) / step
        first = Math.max(first, Math.ceil(Math.min(low, high)))
        last = Math.min(last, Math.floor(Math.max(low, high)))
      }
      const begin = last < first ? ni : first
      image.fill(padding, to, to + begin)
      labels.fill(NOT_ANNOTATED, to, to + begin)
      for (let i = begin; i <= last; i++) {
        const x = x0 + xi * i
        const y = y0 + yi * i
        const z = z0 + zi * i
        // Truncation is floor here: nothing lies below -EDGE.
        const a = x | 0
        const b = y | 0
        const c = z | 0
        const fx = x - a
        const fy = y - b
        const fz = z - c
        const at = a + si * b + slice * c
        const di = a < si - 1 ? 1 : 0
        const dj = b < sj - 1 ? si : 0
        const dk = c < sk - 1 ? slice : 0
        const near = source[at] + fx * (source[at + di] - source[at])
        const nearUp = source[at + dj] + fx * (source[at + dj + di] - source[at + dj])
        const far = source[at + dk] + fx * (source[at + dk + di] - source[at + dk])
        const farUp = source[at + dk + dj] + fx * (source[at + dk + dj + di] - source[at + dk + dj])
        const low = near + fy * (nearUp - near)
        const high = far + fy * (farUp - far)
        image[to + i] = low + fz * (high - low)
        labels[to + i] = from.labels[at + (fx >= 0.5 ? di : 0) + (fy >= 0.5 ? dj : 0) + (fz >= 0.5 ? dk : 0)]
      }
      const end = begin === ni ? ni : last + 1
      image.fill(padding, to + end, to + ni)
      labels.fill(NOT_ANNOTATED, to + end, to + ni)
      to += ni
    }
  }
}

/** The same where every voxel has a displacement of its own. */
function sampleBent(
  from: PreparedCase,
  patch: Vec3,
  placement: Placement & { readonly bend: Float32Array },
  image: Float32Array,
  labels: Int32Array,
): void {
  const [si, sj, sk] = from.dims
  const { image: source, padding } = from
  eachVoxel(patch, placement, (at, x, y, z) => {
    if (x < -EDGE || y < -EDGE || z < -EDGE || x > si - 1 + EDGE || y > sj - 1 + EDGE || z > sk - 1 + EDGE) {
      image[at] = padding
      labels[at] = NOT_ANNOTATED
      return
    }
    image[at] = trilinear(source, from.dims, x, y, z)
    const [i, j, k] = [
      Math.min(si - 1, (x + 0.5) | 0),
      Math.min(sj - 1, (y + 0.5) | 0),
      Math.min(sk - 1, (z + 0.5) | 0),
    ]
    labels[at] = from.labels[i + si * (j + sj * k)]
  })
}

/** Where each voxel of a patch lies in the case. */
function eachVoxel(
  [ni, nj, nk]: Vec3,
  { origin, rows, bend }: Placement,
  see: (at: number, x: number, y: number, z: number) => void,
): void {
  const [[xi, xj, xk], [yi, yj, yk], [zi, zj, zk]] = rows
  const voxels = ni * nj * nk
  for (let k = 0, at = 0; k < nk; k++) {
    for (let j = 0; j < nj; j++) {
      const x0 = origin[0] + xj * j + xk * k
      const y0 = origin[1] + yj * j + yk * k
      const z0 = origin[2] + zj * j + zk * k
      for (let i = 0; i < ni; i++, at++) {
        if (bend) see(at, x0 + xi * i + bend[at], y0 + yi * i + bend[voxels + at], z0 + zi * i + bend[2 * voxels + at])
        else see(at, x0 + xi * i, y0 + yi * i, z0 + zi * i)
      }
    }
  }
}

/** For each voxel of a patch the nearest of the case, by index; -1 beyond the case. */
export function nearestVoxels(dims: Vec3, patch: Vec3, placement: Placement): Int32Array {
  const nearest = new Int32Array(patch[0] * patch[1] * patch[2]).fill(-1)
  eachVoxel(patch, placement, (at, x, y, z) => {
    const [i, j, k] = [Math.round(x), Math.round(y), Math.round(z)]
    if (i < 0 || j < 0 || k < 0 || i >= dims[0] || j >= dims[1] || k >= dims[2]) return
    nearest[at] = i + dims[0] * (j + dims[1] * k)
  })
  return nearest
}

/**
 * What a case's teachers say at a patch's voxels, logarithms of probabilities [channels, voxels]. Beyond the image they say
 * background, and everywhere of a case that they were not asked of.
 */
function sampleTeacher(from: PreparedCase, patch: Vec3, placement: Placement, out: Float32Array): void {
  if (!from.soft) {
    out.fill(-255 / PER_NAT).fill(0, 0, patch[0] * patch[1] * patch[2])
    return
  }
  const nearest = nearestVoxels(from.dims, patch, placement)
  const voxels = from.dims[0] * from.dims[1] * from.dims[2]
  for (let c = 0, to = 0; to < out.length; c++) {
    for (let at = 0; at < nearest.length; at++, to++) {
      const source = nearest[at]
      const byte = source < 0 ? (c === 0 ? 0 : 255) : from.soft[c * voxels + source]
      out[to] = -byte / PER_NAT
    }
  }
}

/** Rounding may put a coordinate this far beyond the outermost voxel. */
const EDGE = 1e-4
