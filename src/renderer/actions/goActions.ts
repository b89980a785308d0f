import type { App } from '../app/app.svelte'
import type { Shortcut } from '../design/keys'
import { placeKeys, places, placeTitles } from '../app/places'
import { sections, sectionTitles, type Section } from '../site/siteView'
import { always, type Action } from './action'

const sectionKeys: Readonly<Record<Section, Shortcut>> = {
  statistics: 'Alt+T',
  audit: 'Alt+L',
  roles: 'Alt+U',
  intake: 'Alt+D',
  schemas: 'Alt+F',
  library: 'Alt+Y',
  trash: 'Alt+B',
}

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
        whileTyping: true,
        enabled: always,
        run,
      }
    }),
    ...sections.map((section): Action => ({
      id: `site-${section}`,
      title: `Site: ${sectionTitles[section].toLowerCase()}`,
      group: 'Go',
      keys: [sectionKeys[section]],
      enabled: always,
      run: () => app.showSite(section),
    })),
    {
      id: 'palette',
      title: 'Find an action',
      group: 'Go',
      keys: ['Mod+K', 'Mod+Shift+P'],
      whileTyping: true,
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
