import type { App } from '../app/app.svelte'
import { placeKeys, places, placeTitles } from '../app/places'
import { always, type Action } from './action'

/** Where to go, and how to find what can be done. */
export function goActions(app: App): Action[] {
  return [
    ...places.map((place): Action => {
      const run = (): void => app.goTo(place)
      return {
        id: `go-${place}`,
        title: placeTitles[place],
        group: 'Go',
        keys: [placeKeys[place]],
        enabled: always,
        run,
      }
    }),
    {
      id: 'palette',
      title: 'Find an action',
      group: 'Go',
      keys: ['Mod+K', 'Mod+Shift+P'],
      enabled: always,
      run: () => (app.paletteOpen = !app.paletteOpen),
    },
    {
      id: 'shortcuts',
      title: 'Keyboard shortcuts',
      group: 'Go',
      keys: ['?'],
      enabled: always,
      run: () => (app.shortcutsOpen = !app.shortcutsOpen),
    },
  ]
}
