import type { App } from '../app/app.svelte'
import type { Shortcut } from '../design/keys'
import type { Place } from '../app/places'
import type { Action } from './action'
import { caseActions } from './caseActions'
import { goActions } from './goActions'
import { lookActions } from './lookActions'
import { reviewActions } from './reviewActions'
import { toolActions } from './toolActions'
import { viewActions } from './viewActions'

/** All that the reader can do. */
export class Actions {
  readonly all: readonly Action[]
  private readonly byId: ReadonlyMap<string, Action>

  constructor(app: App) {
    this.all = [
      ...goActions(app),
      ...caseActions(app),
      ...reviewActions(app),
      ...toolActions(app),
      ...viewActions(app),
      ...lookActions(app),
    ]
    this.byId = new Map(this.all.map((action) => [action.id, action]))
    if (this.byId.size !== this.all.length) throw new RangeError('two actions share an id')
  }

  /** @throws RangeError where there is no such action. */
  get(id: string): Action {
    const action = this.byId.get(id)
    if (!action) throw new RangeError(`there is no action '${id}'`)
    return action
  }

  /** The action that a shortcut triggers in a place, where it is possible now. */
  triggered(shortcut: Shortcut, place: Place): Action | null {
    const here = (action: Action): boolean => action.place === undefined || action.place === place
    return this.all.find((a) => a.keys.includes(shortcut) && here(a) && a.enabled()) ?? null
  }
}
