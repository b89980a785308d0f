import { describe, expect, it } from 'vitest'
import { defaultWindow, dragWindow, presetOf, windowPresets, windowRange } from '../../../src/renderer/viewer/windows'

describe('windows', () => {
  it('span their width around their level', () => {
    expect(windowRange({ level: 50, width: 400 })).toEqual([-150, 250])
  })

  it('know which preset they are, and that a dragged one is none', () => {
    for (const preset of windowPresets) expect(presetOf({ ...preset })?.id).toBe(preset.id)
    expect(presetOf(dragWindow(defaultWindow, 10, 0))).toBeNull()
  })

  it('widen to the right, rise downwards, and never close', () => {
    const dragged = dragWindow(defaultWindow, 20, 30)
    expect(dragged.width).toBeGreaterThan(defaultWindow.width)
    expect(dragged.level).toBeGreaterThan(defaultWindow.level)
    expect(dragWindow(defaultWindow, -1e6, 0).width).toBeGreaterThan(0)
  })
})
