import type { OverwritePolicy } from '../editor/writable'

export const toolIds = [
  'navigate',
  'window',
  'brush',
  'eraser',
  'lasso',
  'region',
  'propose',
  'island',
  'scissors',
  'ruler',
  'angle',
] as const
export type ToolId = (typeof toolIds)[number]

/** Which tissue the brush changes: any, what is in a range of HU, or what is like the tissue where the stroke began. */
export const tissueLimits = ['all', 'range', 'similar'] as const
export type TissueLimit = (typeof tissueLimits)[number]

/** How an outline is drawn: in one go, corner by corner, or along the edges of the image between clicks. */
export const pens = ['freehand', 'polygon', 'livewire'] as const
export type Pen = (typeof pens)[number]

const islandDeeds = ['island-keep', 'island-remove', 'island-take'] as const

export const radiusLimits = { min: 0.5, max: 40 } as const

/** The tool in the reader's hand and its few parameters. */
export class Tools {
  active = $state<ToolId>('navigate')
  radiusMm = $state(6)
  /** A ball in space instead of a disc in the slice. */
  sphere = $state(false)
  overwrite = $state<OverwritePolicy>('unlocked')
  /** The structure that edits stay inside of, by name, where the policy is `inside`. */
  inside = $state<string | null>(null)
  limit = $state<TissueLimit>('all')
  pen = $state<Pen>('freehand')
  /** What a click does to an island. */
  islandDeed = $state<(typeof islandDeeds)[number]>('island-keep')
  /** Whether scissors cut what lies in their outline, or what lies around it. */
  cuts = $state<'inside' | 'outside'>('inside')
  /** HU, both ends inside: of the brush that is limited to it, and of a region that grows from a click. */
  range = $state.raw<readonly [low: number, high: number]>([-20, 200])
  /** Whether lasso and region take away instead of adding, and a mark for a proposal says what is outside. */
  removes = $state(false)
  /** How far a region grows from its click. */
  reachMm = $state(40)

  get paints(): boolean {
    return this.active === 'brush' || this.active === 'eraser'
  }

  /** Whether it draws on the slice other than by the brush. */
  get outlines(): boolean {
    return this.active === 'lasso' || this.active === 'region'
  }

  /** Whether it draws rulers or angles; the labels stay as they are. */
  get measures(): 'ruler' | 'angle' | null {
    return this.active === 'ruler' || this.active === 'angle' ? this.active : null
  }

  get edits(): boolean {
    return this.active !== 'navigate' && this.active !== 'window' && this.measures === null
  }

  /** Takes a tool that draws outlines in hand. */
  draw(pen: Pen): void {
    this.active = 'lasso'
    this.pen = pen
  }

  /** Switches a limit of the brush on, or off where it is on. */
  toggleLimit(limit: TissueLimit): void {
    this.limit = this.limit === limit ? 'all' : limit
  }

  /** The other thing that the tool in hand can do: removes instead of adding, or cuts on the other side. */
  turnOver(): void {
    if (this.active === 'scissors') this.cuts = this.cuts === 'inside' ? 'outside' : 'inside'
    else if (this.active === 'island') {
      this.islandDeed = islandDeeds[(islandDeeds.indexOf(this.islandDeed) + 1) % islandDeeds.length]
    } else this.removes = !this.removes
  }

  setRange(low: number, high: number): void {
    this.range = [Math.min(low, high), Math.max(low, high)]
  }

  /** Steps that feel even from the finest brush to the broadest. */
  grow(direction: 1 | -1): void {
    this.setRadius(this.radiusMm * (direction > 0 ? 1.2 : 1 / 1.2))
  }

  setRadius(mm: number): void {
    this.radiusMm = Math.round(10 * Math.min(radiusLimits.max, Math.max(radiusLimits.min, mm))) / 10
  }
}
