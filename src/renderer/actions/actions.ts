import type { App } from '../app/app.svelte'
import type { Shortcut } from '../design/keys'
import type { Place } from '../app/places'
import { caseActions } from './caseActions'
import { goActions } from './goActions'
import { Keymap } from './keymap.svelte'
import { libraryActions } from './libraryActions'
import { lookActions } from './lookActions'
import { reviewActions } from './reviewActions'
import type { ListedAction } from './shortcuts'
import { toolActions } from './toolActions'
import { viewActions } from './viewActions'

/** All that the reader can do. */
export class Actions {
  readonly keymap: Keymap
  private readonly byId: ReadonlyMap<string, ListedAction>

  constructor(app: App) {
    this.keymap = new Keymap([
      ...goActions(app),
      ...caseActions(app),
      ...libraryActions(app),
      ...reviewActions(app),
      ...toolActions(app),
      ...viewActions(app),
      ...lookActions(app),
    ])
    this.byId = new Map(this.all.map((action) => [action.id, action]))
    if (this.byId.size !== this.all.length) throw new RangeError('two actions share an id')
  }

  get all(): readonly ListedAction[] {
    return this.keymap.actions
  }

  /** @throws RangeError where there is no such action. */
  get(id: string): ListedAction {
    const action = this.byId.get(id)
    if (!action) throw new RangeError(`there is no action '${id}'`)
    return action
  }

  /** The shortcut that is shown for an action; none where it has none. */
  key(id: string): Shortcut | undefined {
    return this.get(id).keys[0]
  }

  /** The action that a shortcut triggers in a place, while text is typed or not, where it is possible now. */
  triggered(shortcut: Shortcut, place: Place, typing = false): ListedAction | null {
    const here = (action: ListedAction): boolean => action.place === undefined || action.place === place
    const free = (action: ListedAction): boolean => !typing || action.whileTyping === true
    return this.all.find((a) => a.keys.includes(shortcut) && here(a) && free(a) && a.enabled()) ?? null
  }
}
