import { untrack } from 'svelte'
import type { UserSettings } from '../../shared/userSettings'
import { colourSets } from '../review/colours'
import { nameSet } from '../review/nameSets'
import { pens, tissueLimits } from '../review/tools.svelte'
import { layoutIds, planes } from '../viewer/layouts'
import type { App } from './app.svelte'
import { panelWidth } from './panels.svelte'
import { places } from './places'

/** What is written waits this long for more. */
const settleMs = 400

/** Keeps what the reader set from one start of Emend to the next: shortcuts, look, tools, panels, place. */
export class Remembered {
  private written = ''
  private timer: ReturnType<typeof setTimeout> | undefined

  constructor(private readonly app: App) {}

  /** Takes over what was remembered, says what of it cannot be, and from here on writes every change. */
  async start(): Promise<void> {
    const { settings, faults } = await this.app.api.userSettings()
    const lines = [...faults, ...this.restore(settings)]
    if (lines.length > 0) {
      this.app.toasts.say(`In the settings, left out: ${lines.join('; ')}`, { tone: 'danger' })
    }
    this.written = JSON.stringify(this.current())
    $effect.root(() => {
      $effect(() => {
        const text = JSON.stringify(this.current())
        untrack(() => this.writeLater(text))
      })
    })
  }

  /** Writes at once what still waits; before the window goes. */
  flush(): void {
    clearTimeout(this.timer)
    const settings = this.current()
    const text = JSON.stringify(settings)
    if (text === this.written) return
    this.written = text
    this.app.api.rememberSettings(settings).catch((error: unknown) => this.app.toasts.fail(error))
  }

  current(): UserSettings {
    const { actions, viewer, review, panels, place } = this.app
    const { radiusMm, sphere, limit, pen, range, reachMm } = review.tools
    // What a structure to stay inside of was is gone with its case.
    const overwrite = review.tools.overwrite === 'inside' ? 'unlocked' : review.tools.overwrite
    const { structures, history } = panels
    return {
      keys: Object.fromEntries(Object.entries(actions.keymap.changes).map(([id, keys]) => [id, [...keys]])),
      look: {
        place,
        layout: viewer.layout,
        window: { level: viewer.huWindow.level, width: viewer.huWindow.width },
        maskOpacity: viewer.maskOpacity,
        surfaces: viewer.surfaces,
        crosshair: viewer.crosshairShown,
        radiological: viewer.radiological,
        hidden: [...viewer.hiddenPlanes].sort(),
        windows: viewer.windows.own.map(({ title, level, width }) => ({ title, level, width })),
        colours: viewer.colours,
        outlined: [...viewer.outlined].sort(),
      },
      tools: { radiusMm, sphere, overwrite, limit, pen, range: [range[0], range[1]], reachMm },
      panels: {
        ...(structures === null ? {} : { structures }),
        ...(history === null ? {} : { history }),
        historyShown: review.log.shown,
      },
    }
  }

  /** Takes what the window knows; what it does not know comes back, line by line. */
  private restore({ keys, look, tools, panels }: UserSettings): string[] {
    const { app } = this
    const { viewer, review } = app
    const faults = app.actions.keymap.restore(keys)
    const known = <T extends string>(what: string, name: string | undefined, names: readonly T[]): T | undefined => {
      const found = names.find((candidate) => candidate === name)
      if (name !== undefined && !found) faults.push(`there is no ${what} '${name}'`)
      return found
    }
    const place = known('place', look.place, places)
    // A case is opened by its reader only.
    if (place && place !== 'review' && app.place === 'worklist') app.goTo(place)
    viewer.layout = known('layout', look.layout, layoutIds) ?? viewer.layout
    viewer.huWindow = look.window ?? viewer.huWindow
    viewer.setMaskOpacity(look.maskOpacity ?? viewer.maskOpacity)
    viewer.surfaces = look.surfaces ?? viewer.surfaces
    viewer.crosshairShown = look.crosshair ?? viewer.crosshairShown
    viewer.radiological = look.radiological ?? viewer.radiological
    const hidden = (look.hidden ?? []).map((name) => known('plane', name, planes))
    viewer.hiddenPlanes = nameSet(hidden.filter((plane) => plane !== undefined))
    for (const { title, ...window } of look.windows ?? []) viewer.windows.keep(title, window)
    viewer.colours = known('set of colours', look.colours, colourSets) ?? viewer.colours
    viewer.outlined = nameSet(look.outlined)
    const hand = review.tools
    hand.setRadius(tools.radiusMm ?? hand.radiusMm)
    hand.sphere = tools.sphere ?? hand.sphere
    hand.overwrite = known('rule of painting over', tools.overwrite, ['unlocked', 'background']) ?? hand.overwrite
    hand.limit = known('limit of the brush', tools.limit, tissueLimits) ?? hand.limit
    hand.pen = known('pen', tools.pen, pens) ?? hand.pen
    if (tools.range) hand.setRange(...tools.range)
    hand.reachMm = tools.reachMm ?? hand.reachMm
    if (panels.structures !== undefined) app.panels.structures = panelWidth('structures', panels.structures)
    if (panels.history !== undefined) app.panels.history = panelWidth('history', panels.history)
    review.log.shown = panels.historyShown ?? review.log.shown
    return faults
  }

  private writeLater(text: string): void {
    clearTimeout(this.timer)
    if (text !== this.written) this.timer = setTimeout(() => this.flush(), settleMs)
  }
}
