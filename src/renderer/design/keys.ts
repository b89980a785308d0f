/**
 * Shortcuts are written as 'Mod+Shift+Z': Mod is Ctrl, or Command on a Mac. Letters are upper case; the space bar is
 * 'Space'; a key that needs Shift on some keyboards ('?', '+') is written without it.
 */
export type Shortcut = string

type KeyEvent = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'> & { readonly code?: string }

/** The shortcut that an event spells. */
export function shortcutOf(event: KeyEvent): Shortcut {
  // With Alt, a Mac types other characters: the key itself counts.
  const plain = event.altKey ? /^(?:Key|Digit)(.)$/.exec(event.code ?? '')?.[1] : undefined
  const typed = plain ?? event.key
  const letter = typed.length === 1 && typed.toUpperCase() !== typed.toLowerCase()
  const printable = typed.length === 1 && typed !== ' '
  const key = typed === ' ' ? 'Space' : letter ? typed.toUpperCase() : typed
  const shift = event.shiftKey && (letter || !printable)
  return [event.ctrlKey || event.metaKey ? 'Mod' : '', event.altKey ? 'Alt' : '', shift ? 'Shift' : '', key]
    .filter(Boolean)
    .join('+')
}

const caps: Readonly<Record<string, string>> = {
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
  Escape: 'Esc',
  Delete: 'Del',
}

/** What is printed on the keys, one by one: 'Mod+Shift+Z' is Ctrl, Shift, Z. */
export function keyCaps(shortcut: Shortcut, mac = /Mac/.test(globalThis.navigator?.platform ?? '')): string[] {
  const names: Readonly<Record<string, string>> = mac
    ? { ...caps, Mod: '⌘', Alt: '⌥', Shift: '⇧' }
    : { ...caps, Mod: 'Ctrl' }
  // A plus sign may itself be the key.
  const plus = shortcut === '+' || shortcut.endsWith('++')
  const parts = plus ? [...shortcut.slice(0, -2).split('+'), '+'] : shortcut.split('+')
  return parts.filter((part) => part !== '').map((part) => names[part] ?? part)
}

/** Whether text is typed into the element: what edits text there is the text's. */
export function isTyped(target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement) return target.type !== 'range'
  return target instanceof HTMLTextAreaElement || (target instanceof HTMLElement && target.isContentEditable)
}

/** Whether the element takes the keys itself: text that is being typed, or a control that has the keyboard focus. */
export function takesKey(target: EventTarget | null, shortcut: Shortcut): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target.isContentEditable) return true
  const range = target instanceof HTMLInputElement && target.type === 'range'
  if (range) return /^(Arrow|Home|End|Page)/.test(shortcut)
  if (target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement) {
    return !shortcut.startsWith('Mod+') && !/^F\d+$/.test(shortcut) && shortcut !== 'Escape'
  }
  if (target instanceof HTMLButtonElement && target.role === 'radio' && shortcut.startsWith('Arrow')) return true
  return target instanceof HTMLButtonElement && (shortcut === 'Space' || shortcut === 'Enter')
}
