/** Something done to a whole structure at once, with at most one figure to choose, shown before it is kept. */
export interface Effect {
  readonly id: EffectId
  readonly title: string
  /** What it does, in one line. */
  readonly note: string
  readonly amount?: Amount
  readonly other?: Other
}

/** The other structure that an effect needs: one, of which voxels may be taken or not, or any that grow with this one. */
export type Other = 'read' | 'changed' | 'growing'

export interface Amount {
  readonly label: string
  readonly unit: 'mm' | 'mL'
  readonly min: number
  readonly max: number
  readonly step: number
  readonly initial: number
}

const mm = (label: string, max: number, initial: number, min = 0.5): Amount => {
  return { label, unit: 'mm', min, max, step: 0.5, initial }
}

/** What changes one structure by itself. */
export const singleEffectIds = [
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
  'invert',
] as const

/** What needs another structure beside it. */
export const pairEffectIds = ['seeds', 'add', 'subtract', 'intersect', 'copy', 'swap', 'split'] as const

export const effectIds = [...singleEffectIds, ...pairEffectIds] as const
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
    note: 'Empty slices between drawn ones, of whichever plane was drawn in, take their shape from both',
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
  invert: {
    id: 'invert',
    title: 'Invert within the body',
    note: 'All of the body that it is not becomes it, and what it is goes',
  },
  seeds: {
    id: 'seeds',
    title: 'Grow from seeds',
    note: 'What is painted grows through like tissue, against the background around it',
    amount: mm('Background begins', 60, 20, 5),
    other: 'growing',
  },
  add: {
    id: 'add',
    title: 'Add',
    note: 'The other becomes part of this one',
    amount: mm('Margin around the other', 30, 0, 0),
    other: 'changed',
  },
  subtract: {
    id: 'subtract',
    title: 'Subtract',
    note: 'What is this near to the other goes',
    amount: mm('Gap to the other', 30, 2),
    other: 'read',
  },
  intersect: {
    id: 'intersect',
    title: 'Intersect',
    note: 'Only what is this near to the other stays',
    amount: mm('Distance to the other', 30, 5),
    other: 'read',
  },
  copy: {
    id: 'copy',
    title: 'Replace by another',
    note: 'The other takes the place of this one',
    amount: mm('Margin around the other', 30, 0, 0),
    other: 'changed',
  },
  swap: { id: 'swap', title: 'Swap', note: 'The two trade places, as left and right mixed up', other: 'changed' },
  split: {
    id: 'split',
    title: 'Split off islands',
    note: 'All islands but the largest become the other',
    other: 'changed',
  },
}
