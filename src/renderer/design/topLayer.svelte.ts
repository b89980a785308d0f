import { untrack } from 'svelte'
import type { Attachment } from 'svelte/attachments'

/** The dialogs that are open, the topmost last: what lies outside of that is covered and cannot be pressed. */
class TopLayer {
  dialogs = $state.raw<readonly HTMLDialogElement[]>([])
}

const layer = new TopLayer()

/** Shows a dialog over everything else for as long as it is there. */
export const modal: Attachment<HTMLDialogElement> = (dialog) => {
  dialog.showModal()
  layer.dialogs = [...untrack(() => layer.dialogs), dialog]
  return () => (layer.dialogs = untrack(() => layer.dialogs).filter((other) => other !== dialog))
}

/** Keeps an element in the topmost dialog while there is one, and where it was otherwise. */
export function onTop(): Attachment<HTMLElement> {
  let home: HTMLElement | null = null
  return (element) => {
    home ??= element.parentElement
    const place = layer.dialogs.at(-1) ?? home
    if (place !== element.parentElement) place?.append(element)
  }
}
