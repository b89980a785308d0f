import type { Vec3 } from '../../shared/geometry/affine'
import { cropped, growBox, boxOf, type Box } from '../../shared/voxels/box'
import { filledBetween } from '../../shared/voxels/fillBetween'
import { keepLargestComponent } from '../../shared/voxels/components'
import { withoutHoles, withoutSmall } from '../../shared/voxels/islands'
import { closed, hollowed, opened, withMargin } from '../../shared/voxels/margin'
import { jointlySmoothed, majority, smoothed } from '../../shared/voxels/smoothing'

/** Something done to a whole structure at once, with at most one figure to choose, shown before it is kept. */
export interface Effect {
  readonly id: EffectId
  readonly title: string
  /** What it does, in one line. */
  readonly note: string
  readonly amount?: Amount
}

export interface Amount {
  readonly label: string
  readonly unit: 'mm' | 'mL'
  readonly min: number
  readonly max: number
  readonly step: number
  readonly initial: number
}

const mm = (label: string, max: number, initial: number): Amount => {
  return { label, unit: 'mm', min: 0.5, max, step: 0.5, initial }
}

export const effectIds = [
  'largest',
  'remove-small',
  'fill-holes',
  'fill-between',
  'smooth',
  'median',
  'close',
  'open',
  'joint',
  'grow',
  'shrink',
  'hollow',
] as const
export type EffectId = (typeof effectIds)[number]

export const effects: Readonly<Record<EffectId, Effect>> = {
  largest: { id: 'largest', title: 'Keep the largest island', note: 'All other islands go' },
  'remove-small': {
    id: 'remove-small',
    title: 'Remove small islands',
    note: 'Islands below this volume go',
    amount: { label: 'Smallest island that stays', unit: 'mL', min: 0.1, max: 20, step: 0.1, initial: 1 },
  },
  'fill-holes': { id: 'fill-holes', title: 'Fill holes', note: 'Closed cavities become part of the structure' },
  'fill-between': {
    id: 'fill-between',
    title: 'Fill between slices',
    note: 'Empty axial slices between drawn ones take their shape from both',
  },
  smooth: { id: 'smooth', title: 'Smooth', note: 'A Gaussian over the surface', amount: mm('Reach', 12, 2) },
  median: { id: 'median', title: 'Median', note: 'What most of the neighbourhood is', amount: mm('Reach', 12, 2) },
  close: { id: 'close', title: 'Close gaps', note: 'Notches narrower than twice this', amount: mm('Reach', 20, 3) },
  open: { id: 'open', title: 'Cut bridges', note: 'Spikes narrower than twice this', amount: mm('Reach', 20, 3) },
  joint: {
    id: 'joint',
    title: 'Smooth with neighbours',
    note: 'All unlocked structures here together, without gaps between them',
    amount: mm('Reach', 12, 2),
  },
  grow: { id: 'grow', title: 'Grow', note: 'A margin to all sides', amount: mm('Margin', 30, 3) },
  shrink: { id: 'shrink', title: 'Shrink', note: 'A margin off all sides', amount: mm('Margin', 30, 3) },
  hollow: { id: 'hollow', title: 'Hollow', note: 'Only a wall inside the surface stays', amount: mm('Wall', 20, 3) },
}

/** A block of the label volume that holds a structure with as much around it as an effect needs. */
export interface EffectInput {
  readonly effect: EffectId
  /** mm or mL; ignored by effects without one. */
  readonly amount: number
  readonly value: number
  readonly box: Box
  /** Label ids, with the box's own size. */
  readonly labels: Uint8Array
  readonly size: Vec3
  readonly spacing: Vec3
}

/** The block that an effect needs; null where the structure has no voxels. */
export function effectInput(
  effect: EffectId,
  amount: number,
  value: number,
  volume: { readonly data: Uint8Array; readonly dims: Vec3; readonly spacing: Vec3 },
): EffectInput | null {
  const { data, dims, spacing } = volume
  const tight = boxOf(data, dims, value)
  if (!tight) return null
  const reach = effects[effect].amount?.unit === 'mm' ? 3 * amount : 0
  const voxels = (axis: 0 | 1 | 2): number => Math.ceil(reach / spacing[axis]) + 1
  const box = growBox(tight, [voxels(0), voxels(1), voxels(2)], dims)
  const size: Vec3 = [box.high[0] - box.low[0], box.high[1] - box.low[1], box.high[2] - box.low[2]]
  return { effect, amount, value, box, labels: cropped(data, dims, box), size, spacing }
}

/** What an effect makes of its block: a mask of the one structure, or the labels of all. */
export interface EffectResult {
  readonly kind: 'mask' | 'labels'
  readonly box: Box
  readonly voxels: Uint8Array
}

/** Runs an effect; takes up to a second on a large structure. */
export function runEffect({ effect, amount, value, box, labels, size, spacing }: EffectInput): EffectResult {
  if (effect === 'joint') return { kind: 'labels', box, voxels: jointlySmoothed(labels, size, spacing, amount) }
  const mask = labels.map((label) => (label === value ? 1 : 0))
  return { kind: 'mask', box, voxels: maskAfter(effect, mask, amount, size, spacing) }
}

function maskAfter(
  effect: Exclude<EffectId, 'joint'>,
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
