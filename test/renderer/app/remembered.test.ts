import { expect, it } from 'vitest'
import { App } from '../../../src/renderer/app/app.svelte'
import type { UserSettings } from '../../../src/shared/userSettings'
import { noUserSettings } from '../../../src/shared/userSettings'
import type { EmendApi } from '../../../src/shared/windowApi'

/** A window whose main process has these settings and answers nothing else. */
async function startedWith(settings: UserSettings, faults: string[] = []): Promise<App> {
  const api = new Proxy({} as EmendApi, {
    get(_target, verb) {
      if (verb === 'on') return () => () => undefined
      return verb === 'userSettings' ? async () => ({ settings, faults }) : () => new Promise(() => undefined)
    },
  })
  const app = new App(api)
  await app.remembered.start()
  return app
}

const settings: UserSettings = {
  keys: { 'tool-brush': ['Mod+F9'] },
  look: {
    place: 'settings',
    layout: 'row',
    window: { level: 80, width: 160 },
    maskOpacity: 0.6,
    surfaces: false,
    crosshair: false,
    radiological: false,
    hidden: ['coronal'],
    windows: [{ title: 'Vessels', level: 150, width: 500 }],
    colours: 'safe',
    outlined: ['liver', 'spleen'],
  },
  tools: {
    radiusMm: 12.5,
    sphere: true,
    overwrite: 'background',
    limit: 'range',
    pen: 'polygon',
    range: [10, 90],
    reachMm: 60,
  },
  panels: { structures: 30, history: 20, historyShown: true },
}

it('is as it was left: look, tools, panels, place and shortcuts', async () => {
  const app = await startedWith(settings)
  expect(app.remembered.current()).toEqual(settings)
  expect(app.actions.key('tool-brush')).toBe('Mod+F9')
  expect(app.toasts.shown).toEqual([])
})

it('starts as it comes where nothing is remembered', async () => {
  const app = await startedWith(noUserSettings)
  expect(app.remembered.current()).toMatchObject({ keys: {}, look: { place: 'worklist', colours: 'schema' } })
})

it('says what it does not know, and goes on without it', async () => {
  const strange = { ...settings, keys: { gone: ['P'] }, look: { layout: 'spiral', place: 'review' } }
  const app = await startedWith(strange, ['look.maskOpacity cannot be 7'])
  expect(app.toasts.shown.map(({ text }) => text)).toEqual([
    "In the settings, left out: look.maskOpacity cannot be 7; there is no action 'gone'; there is no layout 'spiral'",
  ])
  expect(app.place).toBe('worklist')
  expect(app.viewer.layout).toBe('focus')
  expect(app.review.tools.radiusMm).toBe(12.5)
})
