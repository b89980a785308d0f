import { readdirSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  assigned,
  backToDefault,
  checkedChanges,
  holdersOf,
  isShortcut,
  shortcutFault,
  withKeys,
} from '../../../src/renderer/actions/shortcuts'
import type { KeyChanges } from '../../../src/renderer/actions/shortcuts'
import type { Place } from '../../../src/renderer/app/places'
import { shortcutOf } from '../../../src/renderer/design/keys'

const action = (id: string, place: Place | undefined, ...defaults: string[]) => ({ id, title: id, place, defaults })
const accept = action('accept', 'review', 'Space')
const brush = action('brush', 'review', 'B')
const redo = action('redo', 'review', 'Mod+Y', 'Mod+Shift+Z')
const find = action('find', undefined, 'Mod+K')
const train = action('train', 'learning', 'B')
const all = [accept, brush, redo, find, train]

const keysOf = (changes: KeyChanges, { id, defaults }: typeof accept): readonly string[] => changes[id] ?? defaults

/** Shortcuts that more than one action has where both could be meant. */
function doubled(changes: KeyChanges): string[] {
  return all.flatMap((one) => keysOf(changes, one).filter((key) => holdersOf(all, one, key, changes).length > 0))
}

describe('shortcuts that the reader changes', () => {
  it('are told from what is none', () => {
    const press = (key: string, held: Partial<KeyboardEvent> = {}): string =>
      shortcutOf({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held })
    const real = [press('b'), press(' '), press('+'), press('+', { ctrlKey: true }), press('F5'), press('?'), press('Z', { ctrlKey: true, shiftKey: true }), press('ArrowUp', { altKey: true })] // prettier-ignore
    expect(real.filter((shortcut) => !isShortcut(shortcut))).toEqual([])
    const none = ['', 'b', 'Ctrl+B', 'Shift+Mod+B', 'Mod', 'Mod+', 'Shift+?', 'F25', 'BB', 'Space+B']
    expect(none.filter(isShortcut)).toEqual([])
    expect(shortcutFault('Tab')).toMatch(/^'Tab' is no shortcut/)
    expect(shortcutFault('Mod+Q')).toContain('belongs to')
  })

  it('spell the key itself with Alt, whatever character it types on a Mac', () => {
    const held = { ctrlKey: false, metaKey: false, altKey: true, shiftKey: false }
    expect(shortcutOf({ key: '®', code: 'KeyR', ...held })).toBe('Alt+R')
    expect(shortcutOf({ key: '¡', code: 'Digit1', ...held })).toBe('Alt+1')
  })

  it('conflict where two actions can be meant, and not in different places', () => {
    expect(holdersOf(all, accept, 'B', {})).toEqual([brush])
    expect(holdersOf(all, find, 'B', {})).toEqual([brush, train])
    expect(holdersOf(all, brush, 'B', {})).toEqual([])
  })

  it('go from one action to another, and both back to default', () => {
    const changes = assigned(all, accept, 'B', {}, 'Space')
    expect(changes).toEqual({ accept: ['B'], brush: [] })
    expect(backToDefault(all, brush, changes)).toEqual({ accept: [] })
    expect(backToDefault(all, accept, { accept: [] })).toEqual({})
    expect(assigned(all, redo, 'R', {}, 'Mod+Y')).toEqual({ redo: ['R', 'Mod+Shift+Z'] })
    expect(assigned(all, brush, 'P', {})).toEqual({ brush: ['B', 'P'] })
    expect(withKeys({ brush: ['P'] }, brush, ['B'])).toEqual({})
  })

  it('are never doubled, whatever is assigned and set back in whatever order', () => {
    const step = fc.record({
      who: fc.constantFrom(...all),
      key: fc.constantFrom('Space', 'B', 'P', 'Mod+K', 'Mod+Y'),
      back: fc.boolean(),
      replace: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        let changes: KeyChanges = {}
        for (const { who, key, back, replace } of steps) {
          const instead = replace ? keysOf(changes, who)[0] : undefined
          changes = back ? backToDefault(all, who, changes) : assigned(all, who, key, changes, instead)
        }
        expect(doubled(changes)).toEqual([])
      }),
    )
  })
})

describe('a stored list of shortcuts', () => {
  it('is taken where it is sound, also where two actions have swapped their keys', () => {
    const stored = { accept: ['B'], brush: ['Space'] }
    expect(checkedChanges(all, stored)).toEqual({ changes: stored, faults: [] })
  })

  it('loses what is unknown, no shortcut or doubled, each said in a line', () => {
    const { changes, faults } = checkedChanges(all, { gone: ['B'], find: ['Ctrl+F'], redo: ['R'], brush: ['Space'] })
    expect(changes).toEqual({ redo: ['R'] })
    expect(faults).toEqual([
      "there is no action 'gone'",
      "find: 'Ctrl+F' is no shortcut",
      "brush: Space is for 'accept' already",
    ])
  })

  it('never ends with a shortcut twice, whatever the file says', () => {
    const keys = fc.array(fc.constantFrom('Space', 'B', 'P', 'Mod+K', 'Mod+Y', 'nonsense'), { maxLength: 3 })
    const file = fc.dictionary(fc.constantFrom('accept', 'brush', 'redo', 'find', 'train', 'gone'), keys)
    fc.assert(fc.property(file, (stored) => void expect(doubled(checkedChanges(all, stored).changes)).toEqual([])))
  })
})

it('no part of the window writes a shortcut of its own: all read the current ones', () => {
  const folder = new URL('../../../src/renderer/', import.meta.url)
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.svelte'))
  expect(files.length).toBeGreaterThan(40)
  expect(files.filter((path) => /\bkeys="/.test(readFileSync(new URL(path, folder), 'utf8')))).toEqual([])
})
