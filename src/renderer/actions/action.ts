import type { Shortcut } from '../design/keys'
import type { Place } from '../app/places'

/** In the order in which they are listed. */
export const actionGroups = ['Go', 'Case', 'Review', 'Tools', 'View', 'Learning', 'Library'] as const
export type ActionGroup = (typeof actionGroups)[number]

/** Something the reader can do. Shortcuts, tooltips, the palette and the list of shortcuts all read from here. */
export interface Action {
  readonly id: string
  readonly title: string
  readonly group: ActionGroup
  /** All that trigger it; the first is the one shown. */
  readonly keys: readonly Shortcut[]
  /** Where its shortcut works; everywhere where none is named. */
  readonly place?: Place
  /** Whether its shortcut works while text is typed too: it leads elsewhere, and does nothing to a case. */
  readonly whileTyping?: boolean
  readonly enabled: () => boolean
  readonly run: () => void
  /** Left out of the palette and the list: one of a series that is listed as one. */
  readonly series?: boolean
}

export const always = (): boolean => true
