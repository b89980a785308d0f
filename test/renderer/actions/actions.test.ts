import { actionGroups } from '../../../src/renderer/actions/action'
import { describe, expect, it } from 'vitest'
import { App } from '../../../src/renderer/app/app.svelte'
import { places } from '../../../src/renderer/app/places'
import { foundActions } from '../../../src/renderer/app/paletteView'
import type { EmendApi } from '../../../src/shared/windowApi'

/** A window whose main process never answers: what can be done without it is all that is asked here. */
function silentApp(): App {
  const api = new Proxy({} as EmendApi, {
    get: (_target, verb) => (verb === 'on' ? () => () => undefined : () => new Promise(() => undefined)),
  })
  return new App(api)
}

describe('the registry of actions', () => {
  const app = silentApp()
  const { all } = app.actions

  it('gives no shortcut twice in one place', () => {
    for (const place of places) {
      const here = all.filter((action) => !action.place || action.place === place).flatMap(({ keys }) => keys)
      expect(here.filter((keys, n) => here.indexOf(keys) !== n)).toEqual([])
    }
  })

  it('gives every action a key, or a place in the list and the palette where it can be given one', () => {
    for (const { id, title, keys, group, series } of all) {
      expect(actionGroups, id).toContain(group)
      expect(title.trim(), id).not.toBe('')
      if (keys.length === 0) expect(foundActions(all, title)[0]?.id, id).toBe(id)
      if (series) expect(keys.length, id).toBeGreaterThan(0)
    }
    // What is done with the hand at the mouse has one, always.
    const bare = all.filter(({ keys }) => keys.length === 0).map(({ id }) => id)
    expect(bare).toEqual(['keep-window'])
  })

  it('leads to every place by one key', () => {
    for (const place of places) {
      const action = app.actions.get(`go-${place}`)
      expect(app.actions.triggered(action.keys[0], app.place)).toBe(action)
      action.run()
      expect(app.place).toBe(place)
    }
  })

  it('leaves the keys to a text that is typed, but for those that lead elsewhere', () => {
    const typing = all.flatMap(({ keys }) => keys).filter((keys) => app.actions.triggered(keys, 'worklist', true))
    expect(typing.sort()).toEqual(['F1', 'F2', 'F3', 'F4', 'F5', 'F7', 'Mod+K', 'Mod+Shift+P'])
    expect(app.actions.triggered('Mod+Shift+V', 'worklist')?.id).toBe('verify-library')
  })

  it('offers nothing of a case while none is open', () => {
    app.place = 'review'
    for (const keys of ['Space', 'A', 'B', 'Mod+S', 'Mod+Z', '1', 'Mod+Enter']) {
      expect(app.actions.triggered(keys, 'review')).toBeNull()
    }
  })

  it('keeps the letters of the review to the review', () => {
    expect(all.filter((a) => a.keys.some((keys) => /^[A-Z]$/.test(keys))).every((a) => a.place === 'review')).toBe(true)
  })

  it('is found by what people type, best first', () => {
    expect(foundActions(all, 'undo')[0].id).toBe('undo')
    expect(foundActions(all, 'dicom')[0].id).toBe('export-dicom-seg')
    expect(foundActions(all, 'brush larger')[0].id).toBe('brush-larger')
    expect(foundActions(all, 'lrncor')[0].id).toBe('learn')
    expect(foundActions(all, 'zzzz')).toEqual([])
    expect(foundActions(all, '').some((action) => action.series)).toBe(false)
  })
})
