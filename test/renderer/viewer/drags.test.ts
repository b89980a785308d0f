import { describe, expect, it } from 'vitest'
import { dragOf, WheelSteps } from '../../../src/renderer/viewer/drags'

const left = { button: 0, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false }

describe('a press of the pointer', () => {
  it('does what the tool does, unless a key or another button says otherwise', () => {
    expect(dragOf(left, false, 'brush')).toBe('paint')
    expect(dragOf(left, false, 'eraser')).toBe('paint')
    expect(dragOf(left, false, 'window')).toBe('window')
    expect(dragOf(left, false, 'navigate')).toBe('crosshair')
    expect(dragOf({ ...left, ctrlKey: true }, false, 'brush')).toBe('pan')
    expect(dragOf({ ...left, altKey: true }, false, 'brush')).toBe('window')
    expect(dragOf({ ...left, shiftKey: true }, false, 'brush')).toBe('crosshair')
    expect(dragOf({ ...left, button: 1 }, false, 'brush')).toBe('pan')
    expect(dragOf({ ...left, button: 2 }, false, 'brush')).toBe('zoom')
  })

  it('turns the 3-D view and never paints there', () => {
    expect(dragOf(left, true, 'brush')).toBe('rotate')
    expect(dragOf({ ...left, button: 2 }, true, 'brush')).toBe('zoom')
  })
})

describe('the wheel', () => {
  it('goes one slice a notch', () => {
    const wheel = new WheelSteps()
    expect([100, 100, -100, 120].map((deltaY) => wheel.add({ deltaY, deltaMode: 0 }))).toEqual([1, 1, -1, 1])
    expect(wheel.add({ deltaY: 3, deltaMode: 1 })).toBe(1)
  })

  it("gathers a touchpad's small movements into slices", () => {
    const wheel = new WheelSteps()
    const steps = Array.from({ length: 50 }, () => wheel.add({ deltaY: 10, deltaMode: 0 }))
    expect(steps.reduce((sum, step) => sum + step, 0)).toBe(10)
    expect(Math.max(...steps)).toBe(1)
  })
})
