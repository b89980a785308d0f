import type { OverwritePolicy } from '../editor/writable'

export const toolIds = ['navigate', 'window', 'brush', 'eraser', 'lasso', 'region'] as const
export type ToolId = (typeof toolIds)[number]

export const radiusLimits = { min: 0.5, max: 40 } as const

/** The tool in the reader's hand and its few parameters. */
export class Tools {
  active = $state<ToolId>('navigate')
  radiusMm = $state(6)
  /** A ball in space instead of a disc in the slice. */
  sphere = $state(false)
  overwrite = $state<OverwritePolicy>('unlocked')
  /** Whether the brush paints only where the image is in `range`. */
  limited = $state(false)
  /** HU, both ends inside: of the limited brush, and of a region that grows from a click. */
  range = $state.raw<readonly [low: number, high: number]>([-20, 200])
  /** Whether lasso and region take away instead of adding. */
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

  get edits(): boolean {
    return this.paints || this.outlines
  }

  /** Sets the range around a value that was found in the image. */
  rangeAround(hu: number): void {
    const half = Math.round((this.range[1] - this.range[0]) / 2)
    this.range = [hu - half, hu + half]
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
