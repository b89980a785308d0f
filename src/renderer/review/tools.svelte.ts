import type { OverwritePolicy } from '../editor/writable'

export const toolIds = ['navigate', 'window', 'brush', 'eraser'] as const
export type ToolId = (typeof toolIds)[number]

export const radiusLimits = { min: 0.5, max: 40 } as const

/** The tool in the reader's hand and its few parameters. */
export class Tools {
  active = $state<ToolId>('navigate')
  radiusMm = $state(6)
  /** A ball in space instead of a disc in the slice. */
  sphere = $state(false)
  overwrite = $state<OverwritePolicy>('unlocked')

  get paints(): boolean {
    return this.active === 'brush' || this.active === 'eraser'
  }

  /** Steps that feel even from the finest brush to the broadest. */
  grow(direction: 1 | -1): void {
    this.setRadius(this.radiusMm * (direction > 0 ? 1.2 : 1 / 1.2))
  }

  setRadius(mm: number): void {
    this.radiusMm = Math.round(10 * Math.min(radiusLimits.max, Math.max(radiusLimits.min, mm))) / 10
  }
}
