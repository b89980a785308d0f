import type { App } from '../app/app.svelte'
import type { Shortcut } from '../design/keys'
import { effectIds, effects, type EffectId } from '../editor/effects'
import type { Action } from './action'

/** Shortcuts of the effects that readers use most. */
const effectKeys: Partial<Record<EffectId, readonly Shortcut[]>> = {
  largest: ['Shift+L'],
  'fill-holes': ['Shift+O'],
  'fill-between': ['Shift+B'],
  smooth: ['Shift+S'],
  grow: ['Shift+G'],
}

/** Tools of the pointer and their settings; effects on whole structures. */
export function toolActions({ review, viewer }: App): Action[] {
  const { tools, bench } = review
  const group = 'Tools'
  const simple = (id: string, title: string, keys: Shortcut[], run: () => void): Action => {
    return { id, title, group, keys, place: 'review', enabled: () => review.case !== null, run }
  }
  return [
    {
      id: 'effect-keep',
      title: 'Keep the preview',
      group,
      keys: ['Enter'],
      place: 'review',
      enabled: () => bench.state === 'previewing',
      run: () => bench.keep(),
    },
    {
      id: 'effect-drop',
      title: 'Drop the preview',
      group,
      keys: [],
      place: 'review',
      enabled: () => bench.active !== null,
      run: () => bench.drop(),
    },
    ...effectIds.map((id): Action => {
      return {
        id: `effect-${id}`,
        title: effects[id].title,
        group,
        keys: effectKeys[id] ?? [],
        place: 'review',
        enabled: () => review.case !== null && review.segmenting === null,
        run: () => review.case && bench.choose(id, review.case),
      }
    }),
    simple('tool-navigate', 'Crosshair; before that, drop a preview', ['V', 'Escape'], () => {
      if (bench.active !== null) bench.drop()
      else tools.active = 'navigate'
    }),
    simple('tool-window', 'Window by drag', ['W'], () => (tools.active = 'window')),
    simple('tool-brush', 'Brush', ['B'], () => (tools.active = 'brush')),
    simple('tool-eraser', 'Eraser', ['E'], () => (tools.active = 'eraser')),
    simple('tool-lasso', 'Lasso', ['G'], () => (tools.active = 'lasso')),
    simple('tool-region', 'Grow a region', ['T'], () => (tools.active = 'region')),
    simple('removes', 'Lasso and region: add or remove', ['Shift+E'], () => (tools.removes = !tools.removes)),
    {
      id: 'range-here',
      title: 'Range of HU around the pointer',
      group,
      keys: ['Shift+T'],
      place: 'review',
      enabled: () => viewer.cursor !== null,
      run: () => viewer.cursor && tools.rangeAround(viewer.cursor.hu),
    },
    simple('limited', 'Paint only in a range of HU', ['I'], () => (tools.limited = !tools.limited)),
    simple('brush-smaller', 'Smaller brush', ['['], () => tools.grow(-1)),
    simple('brush-larger', 'Larger brush', [']'], () => tools.grow(1)),
    simple('sphere', 'Disc or ball', ['D'], () => (tools.sphere = !tools.sphere)),
    simple('overwrite', 'Paint over others or only background', ['O'], () => {
      tools.overwrite = tools.overwrite === 'unlocked' ? 'background' : 'unlocked'
    }),
  ]
}
