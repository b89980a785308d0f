import type { Attachment } from 'svelte/attachments'

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
    const listeners = [
      ['pointerenter', open],
      ['focus', focus],
      ['pointerleave', close],
      ['pointerdown', close],
      ['blur', close],
    ] as const
    listeners.forEach(([event, listener]) => element.addEventListener(event, listener))
    return () => {
      listeners.forEach(([event, listener]) => element.removeEventListener(event, listener))
      close()
    }
  }
}
