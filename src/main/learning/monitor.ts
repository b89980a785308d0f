import type { Vec3 } from '../../shared/geometry/affine'
import { NOT_ANNOTATED } from '../../shared/labels/schema'
import { seededRandom } from '../../shared/random'
import { drawPlacement } from './augment'
import { chooseStart, samplePatch } from './patches'
import type { PreparedCase } from './preparedCase'
import { noAugmentation } from './recipe'

/** One patch of a case as it is, which a run looks at again and again. */
export interface MonitorPatch {
  readonly image: Float32Array
  /** Output channels, 255 where it is not known. */
  readonly labels: Int32Array
  /** By channel, 1 where the case annotates it. */
  readonly annotated: Float32Array
}

/** So many patches say how it goes; more would take time from training. */
const MOST = 4

/**
 * Patches of cases that a run learns from, about structures, and none twice about one before each has its own: what the
 * run's curve of DSC is taken on. They depend on the cases and the seed alone.
 */
export function monitorPatches(cases: readonly PreparedCase[], patch: Vec3, seed: number): MonitorPatch[] {
  const random = seededRandom(seed).fork('monitor')
  const free = new Set(cases.filter(({ seeds }) => seeds.some((voxels) => voxels.length > 0)))
  const missing = new Set<number>()
  const chosen: MonitorPatch[] = []
  while (chosen.length < MOST && free.size > 0) {
    if (missing.size === 0) for (const one of free) for (const channel of shownBy(one)) missing.add(channel)
    const gain = (one: PreparedCase): number => shownBy(one).filter((channel) => missing.has(channel)).length
    const best = [...free].reduce((a, b) => (gain(b) > gain(a) ? b : a))
    const shown = shownBy(best)
    const wanted = shown.filter((channel) => missing.has(channel))
    const about = (wanted.length > 0 ? wanted : shown)[0]
    const seeds = best.seeds.map((voxels, channel) => (channel === about ? voxels : new Int32Array(0)))
    const taken = patchAt(best, patch, chooseStart({ ...best, seeds }, patch, 1, random))
    for (const label of new Set(taken.labels)) missing.delete(label)
    missing.delete(about)
    free.delete(best)
    chosen.push(taken)
  }
  return chosen
}

function shownBy({ seeds }: PreparedCase): number[] {
  return seeds.flatMap((voxels, channel) => (channel > 0 && voxels.length > 0 ? [channel] : []))
}

function patchAt(from: PreparedCase, patch: Vec3, start: Vec3): MonitorPatch {
  const voxels = patch[0] * patch[1] * patch[2]
  const [image, labels] = [new Float32Array(voxels), new Int32Array(voxels)]
  const placement = drawPlacement(noAugmentation, start, patch, from.spacing, seededRandom(0))
  samplePatch(from, patch, placement, image, labels)
  return { image, labels, annotated: from.annotated }
}

/**
 * DSC of what a network makes of the patches, over all of them together: whole voxels, as an evaluation counts them, where
 * the labels know what is there.
 * @param channelsOf the likeliest channel of each voxel of a patch
 * @returns by channel after background; NaN where no patch shows it
 */
export async function monitorDsc(
  patches: readonly MonitorPatch[],
  channels: number,
  channelsOf: (image: Float32Array) => Promise<Uint8Array>,
): Promise<number[]> {
  const counts = Array.from({ length: channels }, () => ({ both: 0, labels: 0, predicted: 0 }))
  for (const { image, labels, annotated } of patches) {
    const predicted = await channelsOf(image)
    for (let at = 0; at < labels.length; at++) {
      const [truth, said] = [labels[at], predicted[at]]
      if (truth === NOT_ANNOTATED) continue
      counts[truth].labels++
      // Where background may hold a structure that nobody looked for, finding it there is no fault.
      if (annotated[said] === 1 || truth > 0) counts[said].predicted++
      if (truth === said) counts[truth].both++
    }
  }
  return counts.slice(1).map(({ both, labels, predicted }) => (labels > 0 ? (2 * both) / (labels + predicted) : NaN))
}
