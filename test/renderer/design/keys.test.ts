import { describe, expect, it } from 'vitest'
import { keyCaps, shortcutOf } from '../../../src/renderer/design/keys'

const plain = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false }

describe('shortcuts', () => {
  it('are spelled the same whatever the case and the keyboard', () => {
    expect(shortcutOf({ ...plain, key: 'b' })).toBe('B')
    expect(shortcutOf({ ...plain, key: 'B', shiftKey: true })).toBe('Shift+B')
    expect(shortcutOf({ ...plain, key: 'z', ctrlKey: true })).toBe('Mod+Z')
    expect(shortcutOf({ ...plain, key: 'Z', metaKey: true, shiftKey: true })).toBe('Mod+Shift+Z')
    expect(shortcutOf({ ...plain, key: ' ' })).toBe('Space')
    expect(shortcutOf({ ...plain, key: '?', shiftKey: true })).toBe('?')
    expect(shortcutOf({ ...plain, key: 'F1', shiftKey: true })).toBe('Shift+F1')
  })

  it('show the caps of the keys', () => {
    expect(keyCaps('Mod+Shift+Z', false)).toEqual(['Ctrl', 'Shift', 'Z'])
    expect(keyCaps('Mod+Shift+Z', true)).toEqual(['⌘', '⇧', 'Z'])
    expect(keyCaps('+', false)).toEqual(['+'])
    expect(keyCaps('Mod++', false)).toEqual(['Ctrl', '+'])
    expect(keyCaps('ArrowUp', false)).toEqual(['↑'])
  })
})
