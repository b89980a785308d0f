import type { Attachment } from 'svelte/attachments'
import { on } from 'svelte/events'

export interface Tip {
  readonly text: string
  readonly keys?: string
  /** The screen rectangle of what it explains. */
  readonly anchor: DOMRect
}

/** The one tooltip that may be open. */
class OpenTip {
  current = $state<Tip | null>(null)
  private timer: ReturnType<typeof setTimeout> | undefined
  private lastClosed = 0

  open(tip: () => Tip): void {
    clearTimeout(this.timer)
    // Once one tip was read, the neighbours' come at once.
    const warm = performance.now() - this.lastClosed < 400
    this.timer = setTimeout(() => (this.current = tip()), warm ? 0 : 450)
  }

  close(): void {
    clearTimeout(this.timer)
    if (this.current) this.lastClosed = performance.now()
    this.current = null
  }
}

export const openTip = new OpenTip()

/** Explains an element on hover and keyboard focus: what it does, and its shortcut. */
export function tooltip(text: string, keys?: string): Attachment<HTMLElement> {
  return (element) => {
    const open = (): void => openTip.open(() => ({ text, keys, anchor: element.getBoundingClientRect() }))
    const focus = (): void => {
      if (element.matches(':focus-visible')) open()
    }
    const close = (): void => openTip.close()
    // By Svelte's own `on`: a blur comes in the middle of a rendering where the focused element is taken away.
    const stops = [
      on(element, 'pointerenter', open),
      on(element, 'focus', focus),
      on(element, 'pointerleave', close),
      on(element, 'pointerdown', close),
      on(element, 'blur', close),
    ]
    return () => {
      stops.forEach((stop) => stop())
      close()
    }
  }
}
