import type { Shortcut } from '../design/keys'
import type { Action } from './action'

/** An action with the shortcuts that it has unless the reader changes them. */
export interface ListedAction extends Action {
  readonly defaults: readonly Shortcut[]
}

/** What the reader changed: an action's shortcuts, by its id. */
export type KeyChanges = Readonly<Record<string, readonly Shortcut[]>>

type Known = Pick<ListedAction, 'id' | 'title' | 'place' | 'defaults'>

/** Keys that belong to the window's own menu, to the system or to moving between controls. */
const reserved: ReadonlySet<Shortcut> = new Set([
  'Tab',
  'Shift+Tab',
  'Mod+Q',
  'Mod+0',
  'Mod+-',
  'Mod+=',
  'Mod++',
  'Mod+Shift++',
  'F11',
  'Mod+Shift+I',
  'Alt+F4',
])

const modifiers = ['Mod', 'Alt', 'Shift']
const named = /^(Space|Enter|Escape|Backspace|Delete|Insert|Home|End|PageUp|PageDown|Arrow(Up|Down|Left|Right)|F([1-9]|1\d|2[0-4]))$/ // prettier-ignore

/** Whether a text is a shortcut as `shortcutOf` spells it: modifiers in their order, then one key. */
export function isShortcut(text: string): boolean {
  const plus = text === '+' || text.endsWith('++')
  const parts = plus ? [...text.slice(0, -1).split('+').filter(Boolean), '+'] : text.split('+')
  const key = parts.at(-1) ?? ''
  const before = parts.slice(0, -1)
  const inOrder = modifiers.filter((modifier) => before.includes(modifier))
  if (before.join('+') !== inOrder.join('+')) return false
  const single = key.length === 1 && key !== ' ' && key === key.toUpperCase()
  const shifted = before.includes('Shift')
  const letter = key.toLowerCase() !== key
  return named.test(key) || (single && (!shifted || letter))
}

/** Why a shortcut cannot be an action's, in one line; null where it can. */
export function shortcutFault(shortcut: Shortcut): string | null {
  if (!isShortcut(shortcut)) return `'${shortcut}' is no shortcut`
  return reserved.has(shortcut) ? `${shortcut} belongs to the window or the system` : null
}

function keysOf({ id, defaults }: Known, changes: KeyChanges): readonly Shortcut[] {
  return changes[id] ?? defaults
}

/** Whether two actions can be meant by one key: in the same place, or one of them everywhere. */
function meet(a: Known, b: Known): boolean {
  return a.place === undefined || b.place === undefined || a.place === b.place
}

/** The other actions that a shortcut triggers where this one would be triggered by it. */
export function holdersOf<A extends Known>(
  all: readonly A[],
  action: Known,
  shortcut: Shortcut,
  changes: KeyChanges,
): A[] {
  return all.filter(
    (other) => other.id !== action.id && meet(other, action) && keysOf(other, changes).includes(shortcut),
  )
}

/** The changes with an action's shortcuts made these; what is as by default is no change. */
export function withKeys(changes: KeyChanges, { id, defaults }: Known, keys: readonly Shortcut[]): KeyChanges {
  const others = Object.fromEntries(Object.entries(changes).filter(([other]) => other !== id))
  const same = keys.length === defaults.length && keys.every((key, n) => key === defaults[n])
  return same ? others : { ...others, [id]: keys }
}

/** Gives an action a shortcut, in the place of `instead` or beside its others, and takes it from all that hold it. */
export function assigned(
  all: readonly Known[],
  action: Known,
  shortcut: Shortcut,
  changes: KeyChanges,
  instead?: Shortcut,
): KeyChanges {
  let next = changes
  for (const holder of holdersOf(all, action, shortcut, changes)) {
    next = withKeys(next, holder, keysOf(holder, next).filter((key) => key !== shortcut)) // prettier-ignore
  }
  const own = keysOf(action, next)
  const replaced = instead === undefined ? [...own, shortcut] : own.map((key) => (key === instead ? shortcut : key))
  return withKeys(next, action, [...new Set(replaced)])
}

/** Takes an action's shortcuts back to the default, and that away from whatever was given it meanwhile. */
export function backToDefault(all: readonly Known[], action: Known, changes: KeyChanges): KeyChanges {
  let next = withKeys(changes, action, action.defaults)
  for (const shortcut of action.defaults) {
    for (const holder of holdersOf(all, action, shortcut, next)) {
      next = withKeys(next, holder, keysOf(holder, next).filter((key) => key !== shortcut)) // prettier-ignore
    }
  }
  return next
}

/** Of stored changes those that can be: known actions, real shortcuts, none twice in one place. The rest line by line. */
export function checkedChanges(all: readonly Known[], stored: KeyChanges): { changes: KeyChanges; faults: string[] } {
  const faults: string[] = []
  const known = new Map(all.map((action) => [action.id, action]))
  let changes: KeyChanges = {}
  for (const [id, keys] of Object.entries(stored)) {
    const action = known.get(id)
    const wrong = keys.map(shortcutFault).find((fault) => fault !== null)
    if (!action) faults.push(`there is no action '${id}'`)
    else if (wrong) faults.push(`${action.title}: ${wrong}`)
    else changes = withKeys(changes, action, keys)
  }
  // The later of two that share a shortcut gives way, which may bring its default into another's way.
  for (;;) {
    const clash = Object.keys(changes).reverse().flatMap((id) => clashOf(all, known.get(id), changes))[0] // prettier-ignore
    if (!clash) return { changes, faults }
    const { action, shortcut, holder } = clash
    faults.push(`${action.title}: ${shortcut} is for '${holder.title}' already`)
    changes = withKeys(changes, action, action.defaults)
  }
}

function clashOf(all: readonly Known[], action: Known | undefined, changes: KeyChanges) {
  if (!action) return []
  return keysOf(action, changes).flatMap((shortcut) => {
    const [holder] = holdersOf(all, action, shortcut, changes)
    return holder ? [{ action, shortcut, holder }] : []
  })
}
