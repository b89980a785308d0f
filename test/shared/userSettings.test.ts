import { describe, expect, it } from 'vitest'
import * as v from 'valibot'
import { noUserSettings, readUserSettings, UserSettings } from '../../src/shared/userSettings'

describe('the user’s settings', () => {
  it('come back as they were written', () => {
    const settings: UserSettings = {
      keys: { accept: ['Enter'], brush: [] },
      look: { place: 'learning', layout: 'grid', window: { level: 40, width: 350 }, maskOpacity: 0.5, outlined: ['liver'] }, // prettier-ignore
      tools: { radiusMm: 4.5, sphere: true, overwrite: 'background', range: [-20, 200] },
      panels: { structures: 25, historyShown: true },
    }
    expect(readUserSettings(JSON.parse(JSON.stringify(settings)))).toEqual({ settings, faults: [] })
    expect(v.parse(UserSettings, settings)).toEqual(settings)
  })

  it('lose what is wrong, said line by line, and keep the rest', () => {
    const { settings, faults } = readUserSettings({
      keys: { accept: 'Enter', brush: ['P'] },
      look: { maskOpacity: 7, layout: 'grid', gamma: 1, toString: 1 },
      tools: [],
      theme: 'light',
    })
    expect(settings).toEqual({ ...noUserSettings, keys: { brush: ['P'] }, look: { layout: 'grid' } })
    expect(faults).toEqual([
      "there is no setting 'theme'",
      'keys.accept is no list of shortcuts',
      'look.maskOpacity cannot be 7',
      "there is no setting 'look.gamma'",
      "there is no setting 'look.toString'",
      'tools is not what it should be',
    ])
  })

  it('are none where the file holds something else', () => {
    for (const file of [null, 7, 'x', []]) {
      expect(readUserSettings(file)).toEqual({
        settings: noUserSettings,
        faults: ['the file is not what it should be'],
      })
    }
  })
})
