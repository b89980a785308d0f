import type { Vec3 } from '../../shared/geometry/affine'
import { bodyOf } from '../../shared/voxels/body'
import { boxSize, growBox, unionOf, wholeBox, type Box } from '../../shared/voxels/box'
import { keepLargestComponent } from '../../shared/voxels/components'
import { filledBetween } from '../../shared/voxels/fillBetween'
import { withIslandsSplitOff, withoutHoles, withoutSmall } from '../../shared/voxels/islands'
import { combined, swapped } from '../../shared/voxels/logic'
import { closed, hollowed, opened, withMargin } from '../../shared/voxels/margin'
import { grownFromSeeds } from '../../shared/voxels/seeds'
import { jointlySmoothed, majority, smoothed } from '../../shared/voxels/smoothing'
import { boxOfGently, croppedGently } from './blocks'
import { Breath } from './breath'
import { effects, type EffectId } from './effects'

/** An effect with all that the reader chose for it. */
export interface EffectChoice {
  readonly effect: EffectId
  /** mm or mL; ignored by effects without one. */
  readonly amount: number
  /** The structure in hand. */
  readonly value: number
  /** The other structures that take part; empty where none do. */
  readonly others: readonly number[]
  /** What counts as free for growing: background, or the structure to stay inside of. */
  readonly ground: number
  /** A structure that the background was painted as, for growing from seeds. */
  readonly against?: number
}

/** A block of the label volume that holds a structure with as much around it as an effect needs. */
export interface EffectInput extends EffectChoice {
  readonly box: Box
  /** Label ids, with the box's own size. */
  readonly labels: Uint8Array
  /** HU of the same block, for effects that look at the image. */
  readonly image: Int16Array | null
  readonly size: Vec3
  readonly spacing: Vec3
}

/** The voxels that effects are worked out on. */
export interface EffectVolume {
  readonly data: Uint8Array
  readonly dims: Vec3
  readonly spacing: Vec3
  readonly image: Int16Array
}

/** The block that an effect needs, cut out while the window goes on; null where there are no voxels to work on. */
export async function effectInput(
  choice: EffectChoice,
  { data, dims, spacing, image }: EffectVolume,
  breath = new Breath(),
): Promise<EffectInput | null> {
  const { effect, amount, value, against } = choice
  const others = against === undefined ? choice.others : [...choice.others, against]
  let box = await boxOfGently(data, dims, value, breath)
  // Another structure can be added to, or take the place of, one that has no voxels yet.
  if (!box && effects[effect].other !== 'changed') return null
  for (const other of others) box = unionOf(box, await boxOfGently(data, dims, other, breath))
  if (!box) return null
  const reach = reachOf(effect, amount)
  const voxels = (axis: 0 | 1 | 2): number => Math.ceil(reach / spacing[axis]) + 1
  const around = growBox(box, [voxels(0), voxels(1), voxels(2)], dims)
  const block = effect === 'invert' ? wholeBox(dims) : around
  return {
    ...choice,
    box: block,
    labels: await croppedGently(data, dims, block, breath),
    image: looksAtImage(effect) ? await croppedGently(image, dims, block, breath) : null,
    size: boxSize(block),
    spacing,
  }
}

/** Whether an effect looks at HU, not only at labels. */
function looksAtImage(effect: EffectId): boolean {
  return effect === 'seeds' || effect === 'invert'
}

/** How far around its structures an effect looks, mm. */
function reachOf(effect: EffectId, amount: number): number {
  if (effects[effect].amount?.unit !== 'mm') return 0
  return effects[effect].other ? amount : 3 * amount
}

/** What an effect makes of its block: a mask of the one structure, or the labels of all. */
export interface EffectResult {
  readonly kind: 'mask' | 'labels'
  readonly box: Box
  readonly voxels: Uint8Array
}

/** Runs an effect; takes up to a second on a large structure, growing from seeds a few. */
export function runEffect(input: EffectInput): EffectResult {
  const { effect, amount, value, others, ground, box, labels, image, size, spacing } = input
  const several = (voxels: Uint8Array): EffectResult => ({ kind: 'labels', box, voxels })
  if (effect === 'joint') return several(jointlySmoothed(labels, size, spacing, amount))
  if (effect === 'swap') return several(swapped(labels, value, others[0]))
  if (effect === 'split') return several(withIslandsSplitOff(labels, size, value, others[0]))
  if (effect === 'seeds') {
    const seeds = { growing: [value, ...others], ground, reachMm: amount, against: input.against }
    return several(image ? grownFromSeeds(labels, image, size, spacing, seeds) : labels)
  }
  const only = (id: number): Uint8Array => labels.map((label) => (label === id ? 1 : 0))
  const mask = only(value)
  const one = (voxels: Uint8Array): EffectResult => ({ kind: 'mask', box, voxels })
  if (effect === 'invert') {
    const body = image ? bodyOf(image, size, spacing) : mask
    return one(body.map((inside, n) => inside & (1 - mask[n])))
  }
  if (effect === 'add' || effect === 'subtract' || effect === 'intersect' || effect === 'copy') {
    return one(combined(effect, mask, only(others[0]), size, spacing, amount))
  }
  return one(maskAfter(effect, mask, amount, size, spacing))
}

function maskAfter(
  effect: Exclude<
    EffectId,
    'joint' | 'invert' | 'swap' | 'split' | 'seeds' | 'add' | 'subtract' | 'intersect' | 'copy'
  >,
  mask: Uint8Array,
  amount: number,
  size: Vec3,
  spacing: Vec3,
): Uint8Array {
  switch (effect) {
    case 'largest':
      keepLargestComponent(mask, size, 1)
      return mask
    case 'remove-small':
      return withoutSmall(mask, size, Math.ceil((1000 * amount) / (spacing[0] * spacing[1] * spacing[2])))
    case 'fill-holes':
      return withoutHoles(mask, size)
    case 'fill-between':
      return filledBetween(mask, size, spacing)
    case 'smooth':
      return smoothed(mask, size, spacing, amount)
    case 'median':
      return majority(mask, size, spacing, amount)
    case 'close':
      return closed(mask, size, spacing, amount)
    case 'open':
      return opened(mask, size, spacing, amount)
    case 'grow':
      return withMargin(mask, size, spacing, amount)
    case 'shrink':
      return withMargin(mask, size, spacing, -amount)
    case 'hollow':
      return hollowed(mask, size, spacing, amount, 'inside')
  }
}
