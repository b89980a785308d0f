import { expect, it } from 'vitest'
import { ViewerState } from '../../../src/renderer/viewer/viewerState.svelte'

it('keeps the window of CTs while an image that is none has its own', () => {
  const viewer = new ViewerState()
  viewer.window = { level: 80, width: 160 }
  viewer.windows.keep('Vessels', { level: 150, width: 500 })

  viewer.reset([4, 4, 4], { level: 7000, width: 14_000 })
  expect(viewer.window).toEqual({ level: 7000, width: 14_000 })
  expect(viewer.unit).toBe('')
  expect(viewer.presets.map(({ title }) => title)).toEqual(['Whole range', 'Vessels'])
  viewer.dragWindow(10, 0)
  expect(viewer.window.width).toBeGreaterThan(14_000)
  expect(viewer.huWindow).toEqual({ level: 80, width: 160 })

  viewer.reset([4, 4, 4])
  expect(viewer.window).toEqual({ level: 80, width: 160 })
  expect(viewer.unit).toBe(' HU')
  expect(viewer.presets.map(({ title }) => title)).toContain('Liver')
})
