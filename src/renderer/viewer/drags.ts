import type { Pen, ToolId } from '../review/tools.svelte'

/** What a press of the pointer does while it is held. */
export type DragKind =
  | 'paint'
  | 'lasso'
  | 'corner'
  | 'region'
  | 'mark'
  | 'island'
  | 'cut'
  | 'crosshair'
  | 'window'
  | 'pan'
  | 'zoom'
  | 'rotate'
  | 'measure'
  | 'align'

type Press = Pick<PointerEvent, 'button' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>

/**
 * The right button zooms, the middle one or Ctrl moves, Alt windows, Shift sets the crosshair, all with any tool; only
 * marks for a proposal have another use for Alt. In the 3-D view a drag turns; with the scissors it draws the cut, and
 * turns by the middle button or with Shift.
 */
export function dragOf(press: Press, in3d: boolean, tool: ToolId, pen: Pen = 'freehand'): DragKind | null {
  if (press.button === 2) return 'zoom'
  if (in3d && tool === 'scissors' && press.button === 0 && !press.shiftKey) return 'cut'
  if (in3d) return press.button === 0 || tool === 'scissors' ? 'rotate' : null
  if (press.button === 1 || press.ctrlKey || press.metaKey) return 'pan'
  if (press.button !== 0) return null
  if (press.altKey && tool !== 'propose') return 'window'
  if (press.shiftKey) return 'crosshair'
  if (tool === 'propose') return 'mark'
  if (tool === 'brush' || tool === 'eraser') return 'paint'
  if (tool === 'lasso' && pen !== 'freehand') return 'corner'
  if (tool === 'lasso' || tool === 'region' || tool === 'island') return tool
  if (tool === 'ruler' || tool === 'angle') return 'measure'
  return tool === 'window' ? 'window' : 'crosshair'
}

/** Wheel movement gathered into whole slices, whatever the wheel or touchpad reports. */
export class WheelSteps {
  private rest = 0

  /** Whole steps in this event; a notch of a usual mouse wheel is one. */
  add({ deltaY, deltaMode }: Pick<WheelEvent, 'deltaY' | 'deltaMode'>): number {
    const notches = deltaMode === 0 ? deltaY / 100 : deltaY / 3
    // A mouse wheel turns in notches of its own size; each is one slice.
    if (Math.abs(notches) >= 0.4) {
      this.rest = 0
      return Math.sign(notches) * Math.max(1, Math.round(Math.abs(notches)))
    }
    this.rest += notches * 2
    const steps = Math.trunc(this.rest)
    this.rest -= steps
    return steps
  }
}
