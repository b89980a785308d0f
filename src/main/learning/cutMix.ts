import type { Vec3 } from '../../shared/geometry/affine'
import { NOT_ANNOTATED } from '../../shared/labels/schema'
import type { Random } from '../../shared/random'
import { boxSize, cropped, growBox, type Box } from '../../shared/voxels/box'
import { componentMap, findComponents } from '../../shared/voxels/components'
import type { PreparedCase } from './preparedCase'
import type { CutMix } from './recipe'

/** A lesion with what lies around it (a "context-aware tumour object"), on the network's grid. */
export interface LesionObject {
  readonly dims: Vec3
  readonly image: Float32Array
  /** Channels, 255 where not known. */
  readonly labels: Uint8Array
  /** By channel, 1 where the case that it is from annotates it. */
  readonly annotated: Float32Array
  /** Channel of the organ that most of its surroundings are; 0 where they are none. */
  readonly host: number
}

/** Smaller lesions on the network's grid are as likely noise. */
const LEAST_VOXELS = 8

/**
 * Every connected lesion of the cases with its surroundings, extended along each axis by a length drawn from the recipe's range
 * (`merge-max-context-cutmix`, section 2.2, "Context-aware tumor objects (CTOs) generation").
 * @param lesions channels that are lesions
 */
export function lesionObjects(
  cases: readonly PreparedCase[],
  lesions: readonly number[],
  { inPlaneMm, acrossMm }: CutMix,
  random: Random,
): LesionObject[] {
  return cases.flatMap((from) =>
    lesions.flatMap((channel) =>
      lesionBoxes(from, channel).map((box) => {
        const reach = (axis: 0 | 1 | 2): number => {
          const [low, high] = axis === 2 ? acrossMm : inPlaneMm
          return Math.round(random.between(low, high) / from.spacing[axis])
        }
        const around = growBox(box, [reach(0), reach(1), reach(2)], from.dims)
        const labels = cropped(from.labels, from.dims, around)
        return {
          dims: boxSize(around),
          image: cropped(from.image, from.dims, around),
          labels,
          annotated: from.annotated,
          host: commonest(labels, lesions),
        }
      }),
    ),
  )
}

function lesionBoxes({ labels, dims, annotated }: PreparedCase, channel: number): Box[] {
  if (annotated[channel] !== 1) return []
  const found = findComponents(labels, dims, { label: channel })
  const count = found.sizes.filter((size) => size >= LEAST_VOXELS).length
  if (count === 0) return []
  const map = componentMap(found, labels.length)
  const low = Array.from({ length: count }, (): [number, number, number] => [...dims])
  const high = Array.from({ length: count }, (): [number, number, number] => [0, 0, 0])
  for (let at = 0; at < map.length; at++) {
    const n = map[at] - 1
    if (n < 0 || n >= count) continue
    const voxel = [at % dims[0], Math.floor(at / dims[0]) % dims[1], Math.floor(at / (dims[0] * dims[1]))]
    for (const axis of [0, 1, 2] as const) {
      low[n][axis] = Math.min(low[n][axis], voxel[axis])
      high[n][axis] = Math.max(high[n][axis], voxel[axis] + 1)
    }
  }
  return low.map((corner, n) => ({ low: corner, high: high[n] }))
}

function commonest(labels: Uint8Array, lesions: readonly number[]): number {
  const counts = new Int32Array(256)
  for (const label of labels) counts[label]++
  let host = 0
  for (let channel = 1; channel < NOT_ANNOTATED; channel++) {
    if (!lesions.includes(channel) && counts[channel] > (host === 0 ? 0 : counts[host])) host = channel
  }
  return host
}

/** A sample that may get a lesion, in place. */
export interface Sample {
  readonly image: Float32Array
  readonly labels: Int32Array
  readonly patch: Vec3
  /** By channel, 1 where the sample's labels tell it from background, as they do not for what is merged into that. */
  readonly annotated: Float32Array
}

/**
 * Pastes a lesion with its surroundings into a sample (equation 2): centred on a voxel of the organ that hosts it, or of any
 * structure where the sample has none of that, so that it lies where such lesions occur; not at all where the sample shows no
 * structure. What the lesion's case does not annotate and the sample tells apart is not known within the block; what the
 * sample does not tell from background is background there.
 * @returns whether something was pasted
 */
export function pasteLesion(
  { image, labels, patch, annotated }: Sample,
  object: LesionObject,
  random: Random,
): boolean {
  const centre = placeFor(labels, object.host, random)
  if (centre < 0) return false
  const blind = annotated.some((known, channel) => known === 1 && object.annotated[channel] !== 1)
  const [ni, nj, nk] = patch
  const middle = [centre % ni, Math.floor(centre / ni) % nj, Math.floor(centre / (ni * nj))]
  const start = middle.map((at, axis) => at - (object.dims[axis] >> 1))
  for (let k = 0, at = 0; k < object.dims[2]; k++) {
    for (let j = 0; j < object.dims[1]; j++) {
      for (let i = 0; i < object.dims[0]; i++, at++) {
        const [x, y, z] = [start[0] + i, start[1] + j, start[2] + k]
        if (x < 0 || y < 0 || z < 0 || x >= ni || y >= nj || z >= nk) continue
        const to = x + ni * (y + nj * z)
        const label = object.labels[at]
        image[to] = object.image[at]
        labels[to] =
          label === 0 || label === NOT_ANNOTATED ? (blind ? NOT_ANNOTATED : label) : annotated[label] ? label : 0
      }
    }
  }
  return true
}

/** A voxel of the host, else of any structure, drawn evenly; -1 where there is none. */
function placeFor(labels: Int32Array, host: number, random: Random): number {
  const count = (test: (label: number) => boolean): number => labels.reduce((n, label) => n + Number(test(label)), 0)
  const ofHost = (label: number): boolean => host > 0 && label === host
  const ofAny = (label: number): boolean => label > 0 && label !== NOT_ANNOTATED
  for (const test of [ofHost, ofAny]) {
    const voxels = count(test)
    if (voxels === 0) continue
    let left = random.int(voxels)
    for (let at = 0; at < labels.length; at++) if (test(labels[at]) && left-- === 0) return at
  }
  return -1
}
