import { describe, expect, it } from 'vitest'
import {
  defaultWindow,
  dragWindow,
  imageLimits,
  presetOf,
  wholeRange,
  windowPresets,
  windowRange,
} from '../../../src/renderer/viewer/windows'

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

  it('are dragged as far as a CT has values, and of another image as far as 16 bits have', () => {
    const wide = { level: 9000, width: 18_000 }
    expect(dragWindow(wide, 10, 10)).toEqual({ level: 3000, width: 4000 })
    expect(dragWindow(wide, 10, 10, imageLimits)).toEqual({ level: 9450, width: 18_450 })
    expect(dragWindow(wide, 1e6, 1e6, imageLimits)).toEqual({ level: 32767, width: 65_536 })
  })

  it('show nearly all values of an image, but not the few that are far from all others', () => {
    const values = Int16Array.from({ length: 10_000 }, (_, n) => n)
    values[5000] = 32767
    expect(wholeRange(values)).toEqual({ level: 5000, width: 9900 })
    expect(wholeRange(new Int16Array(8))).toEqual({ level: 0, width: 2 })
  })
})
