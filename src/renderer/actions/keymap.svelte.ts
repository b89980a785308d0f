import type { Shortcut } from '../design/keys'
import type { Action } from './action'
import { assigned, backToDefault, checkedChanges, holdersOf, withKeys } from './shortcuts'
import type { KeyChanges, ListedAction } from './shortcuts'

/** The shortcuts as they are now: the actions' own, and what the reader changed of them. */
export class Keymap {
  readonly actions: readonly ListedAction[]
  changes = $state.raw<KeyChanges>({})

  constructor(actions: readonly Action[]) {
    const current = (id: string): readonly Shortcut[] | undefined => this.changes[id]
    this.actions = actions.map((action) => ({
      ...action,
      defaults: action.keys,
      get keys() {
        return current(action.id) ?? action.keys
      },
    }))
  }

  /** Takes what was stored as far as it can be; the rest comes back, line by line. */
  restore(stored: KeyChanges): string[] {
    const { changes, faults } = checkedChanges(this.actions, stored)
    this.changes = changes
    return faults
  }

  holders(action: ListedAction, shortcut: Shortcut): ListedAction[] {
    return holdersOf(this.actions, action, shortcut, this.changes)
  }

  /** Gives an action a shortcut, instead of one that it has or beside them, and takes it from whatever had it. */
  assign(action: ListedAction, shortcut: Shortcut, instead?: Shortcut): void {
    this.changes = assigned(this.actions, action, shortcut, this.changes, instead)
  }

  remove(action: ListedAction, shortcut: Shortcut): void {
    const kept = action.keys.filter((key) => key !== shortcut)
    this.changes = withKeys(this.changes, action, kept)
  }

  reset(action: ListedAction): void {
    this.changes = backToDefault(this.actions, action, this.changes)
  }

  resetAll(): void {
    this.changes = {}
  }
}
