import type { App } from '../app/app.svelte'
import type { Shortcut } from '../design/keys'
import { layoutIds, layoutTitles, planes } from '../viewer/layouts'
import { windowPresets } from '../viewer/windows'
import type { Action } from './action'

/** What the planes show. */
export function viewActions({ review, viewer }: App): Action[] {
  const group = 'View'
  const simple = (id: string, title: string, keys: Shortcut[], run: () => void): Action => {
    return { id, title, group, keys, place: 'review', enabled: () => review.case !== null, run }
  }
  const scroll = (slices: number) => (): void => viewer.scroll(viewer.plane, slices)
  return [
    simple('slice-up', 'Next slice', ['ArrowUp'], scroll(1)),
    simple('slice-down', 'Previous slice', ['ArrowDown'], scroll(-1)),
    simple('slices-up', 'Ten slices on', ['PageUp', 'Shift+ArrowUp'], scroll(10)),
    simple('slices-down', 'Ten slices back', ['PageDown', 'Shift+ArrowDown'], scroll(-10)),
    simple('reset-view', 'Whole slices', ['R'], () => viewer.resetView()),
    simple('maximise', 'Maximise the plane, or show all', ['F'], () => viewer.toggleMaximised(viewer.plane)),
    simple('crosshair', 'Crosshair on or off', ['C'], () => (viewer.crosshairShown = !viewer.crosshairShown)),
    simple('surfaces', '3-D surfaces on or off', ['S'], () => (viewer.surfaces = !viewer.surfaces)),
    simple('masks-weaker', 'Weaker masks', ['-'], () => viewer.setMaskOpacity(viewer.maskOpacity - 0.1)),
    simple('masks-stronger', 'Stronger masks', ['=', '+'], () => viewer.setMaskOpacity(viewer.maskOpacity + 0.1)),
    simple('masks', 'Outlines only, or filled', ['M'], () => viewer.setMaskOpacity(viewer.maskOpacity > 0 ? 0 : 0.35)),
    ...windowPresets.map((preset, n) => {
      return simple(
        `window-${preset.id}`,
        `Window: ${preset.title}`,
        [`Shift+F${n + 1}`],
        () => (viewer.window = preset),
      )
    }),
    ...planes.map((plane, n) => {
      return simple(`plane-${plane}`, `Show or hide the ${plane} plane`, [`Mod+${layoutIds.length + n + 1}`], () =>
        viewer.togglePlane(plane),
      )
    }),
    ...layoutIds.map((id, n) => {
      return simple(`layout-${id}`, `Layout: ${layoutTitles[id]}`, [`Mod+${n + 1}`], () => {
        viewer.layout = id
        viewer.maximised = null
      })
    }),
  ]
}
