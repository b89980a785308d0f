import type { App } from '../app/app.svelte'
import type { Shortcut } from '../design/keys'
import { wholeRange, windowPresets, type WindowPreset } from '../viewer/windows'
import type { Action } from './action'

/** What is looked at besides the image and its masks. */
export function lookActions({ review, look, viewer }: App): Action[] {
  const group = 'View'
  const simple = (id: string, title: string, keys: Shortcut[], run: () => void): Action => {
    return { id, title, group, keys, place: 'review', enabled: () => review.case !== null, run }
  }
  return [
    simple('uncertainty', 'Uncertainty of the model on or off', ['Shift+Q'], () => void look.doubts.toggle()),
    simple('compare', 'Compare with another revision', ['Mod+D'], () => look.toggleComparison()),
    {
      id: 'compare-mode',
      title: 'Comparison: difference or side by side',
      group,
      keys: ['Mod+Shift+D'],
      place: 'review',
      enabled: () => look.comparison.shown,
      run: () => (look.comparison.mode = look.comparison.mode === 'beside' ? 'difference' : 'beside'),
    },
    simple('prior', 'Another study beside this one', ['Mod+B'], () => look.togglePrior()),
    {
      id: 'prior-align',
      title: 'Align the other study, or keep the alignment',
      group,
      keys: ['Mod+Shift+B'],
      place: 'review',
      enabled: () => look.prior.shown,
      run: () => look.prior.toggleAligning(),
    },
    simple('convention', 'Neurological or radiological display', ['Shift+F'], () => {
      viewer.radiological = !viewer.radiological
    }),
    simple('slice-first', 'First slice', ['Home'], () => viewer.scroll(viewer.plane, -Infinity)),
    simple('slice-last', 'Last slice', ['End'], () => viewer.scroll(viewer.plane, Infinity)),
    simple('window-whole', 'Window: all values of the image', ['Shift+F12'], () => {
      if (review.case) viewer.window = viewer.whole ?? wholeRange(review.case.image)
    }),
    simple('keep-window', 'Keep this window as a preset', [], () => (look.namingWindow = true)),
    ...[0, 1, 2, 3].map((n): Action => {
      const own = (): WindowPreset | undefined => viewer.windows.own[n]
      return {
        id: `own-window-${n + 1}`,
        title: `Window: own preset ${n + 1}`,
        group,
        keys: [`Shift+F${windowPresets.length + n + 1}`],
        place: 'review',
        enabled: () => review.case !== null && own() !== undefined,
        run: () => (viewer.window = own() ?? viewer.window),
      }
    }),
    simple('tool-ruler', 'Ruler', ['Shift+R'], () => (review.tools.active = 'ruler')),
    simple('tool-angle', 'Angle', ['Shift+A'], () => (review.tools.active = 'angle')),
    {
      id: 'measurement-delete',
      title: 'Delete the chosen measurement',
      group,
      keys: ['Shift+Delete'],
      place: 'review',
      enabled: () => look.measurements.chosen !== null,
      run: () => look.measurements.remove(look.measurements.chosen ?? ''),
    },
    simple('next-problem', 'Next problem: the most uncertain place', ['Q'], () => void look.doubts.next()),
  ]
}
