import type { App } from '../app/app.svelte'
import type { Shortcut } from '../design/keys'
import { effectIds, effects, type EffectId } from '../editor/effects'
import type { PointedDeed } from '../review/deedBench.svelte'
import { nextOverwrite } from '../review/editing'
import { localRange } from '../review/localRange'
import type { Action } from './action'

const effectKeys: Readonly<Record<EffectId, readonly Shortcut[]>> = {
  largest: ['Shift+L'],
  'remove-small': ['Alt+R'],
  'fill-holes': ['Shift+O'],
  'fill-between': ['Shift+B'],
  smooth: ['Shift+S'],
  median: ['Alt+M'],
  close: ['Alt+C'],
  open: ['Alt+O'],
  joint: ['Alt+J'],
  grow: ['Shift+G'],
  seeds: ['Shift+W'],
  split: ['Shift+D'],
  shrink: ['Alt+G'],
  hollow: ['Alt+W'],
  invert: ['Alt+V'],
  add: ['Alt+A'],
  subtract: ['Alt+S'],
  intersect: ['Alt+I'],
  copy: ['Alt+P'],
  swap: ['Alt+X'],
}

/** Tools of the pointer and their settings; effects on whole structures. */
export function toolActions(app: App): Action[] {
  const { review, viewer } = app
  const { tools, bench, outline, proposals } = review
  const group = 'Tools'
  const simple = (id: string, title: string, keys: Shortcut[], run: () => void): Action => {
    return { id, title, group, keys, place: 'review', enabled: () => review.case !== null, run }
  }
  return [
    {
      id: 'effect-keep',
      title: 'Keep the preview, or close the outline',
      group,
      keys: ['Enter'],
      place: 'review',
      enabled: () => bench.state === 'previewing' || proposals.state === 'previewing' || outline.drawing,
      run: () => {
        if (bench.state === 'previewing') bench.keep()
        else if (proposals.state === 'previewing') proposals.keep()
        else if (review.case) outline.close(review.case)
      },
    },
    {
      id: 'outline-back',
      title: 'Take the last corner or mark back',
      group,
      keys: ['Backspace'],
      place: 'review',
      enabled: () => outline.drawing || proposals.active,
      run: () => (outline.drawing ? outline.back() : proposals.takeBack()),
    },
    {
      id: 'effect-drop',
      title: 'Drop the preview',
      group,
      keys: ['Shift+X'],
      place: 'review',
      enabled: () => bench.active !== null || proposals.active,
      run: () => (bench.active !== null ? bench.drop() : proposals.drop()),
    },
    ...effectIds.map((id): Action => {
      return {
        id: `effect-${id}`,
        title: effects[id].title,
        group,
        keys: effectKeys[id],
        place: 'review',
        enabled: () => review.case !== null && review.segmenting === null,
        run: () => review.case && bench.choose(id, review.case),
      }
    }),
    simple('tool-navigate', 'Crosshair; before that, drop a preview or an outline', ['V', 'Escape'], () => {
      if (bench.active !== null) bench.drop()
      else if (outline.drawing) outline.drop()
      else if (proposals.active) proposals.drop()
      else tools.active = 'navigate'
    }),
    simple('tool-window', 'Window by drag', ['W'], () => (tools.active = 'window')),
    simple('tool-brush', 'Brush', ['B'], () => (tools.active = 'brush')),
    simple('tool-eraser', 'Eraser', ['E'], () => (tools.active = 'eraser')),
    simple('tool-lasso', 'Lasso', ['G'], () => tools.draw('freehand')),
    simple('tool-polygon', 'Polygon by clicks', ['P'], () => tools.draw('polygon')),
    simple('tool-livewire', 'Livewire: clicks joined along edges', ['Y'], () => tools.draw('livewire')),
    simple('tool-region', 'Grow a region', ['T'], () => (tools.active = 'region')),
    simple('tool-island', 'Islands by a click', ['K'], () => (tools.active = 'island')),
    simple('tool-scissors', 'Scissors in the 3-D view', ['Z'], () => (tools.active = 'scissors')),
    simple('removes', 'What the tool does: add or remove, inside or outside', ['Shift+E'], () => tools.turnOver()),
    pointed('island-take', 'Island under the pointer to the active structure', ['J'], app),
    pointed('structure-take', 'Structure under the pointer to the active one', ['Shift+J'], app),
    pointed('island-keep', 'Keep only the island under the pointer', ['Shift+K'], app),
    pointed('island-remove', 'Remove the island under the pointer', ['Delete'], app),
    simple('tool-propose', 'Propose the structure from a few marks', ['.'], () => (tools.active = 'propose')),
    simple('proposal-drag', 'Proposal: a drag scribbles or draws a box', [','], () => {
      proposals.drag = proposals.drag === 'box' ? 'scribble' : 'box'
    }),
    {
      id: 'range-here',
      title: 'Range of the tissue at the pointer',
      group,
      keys: ['Shift+T'],
      place: 'review',
      enabled: () => viewer.cursor !== null,
      run: () => {
        const { cursor } = viewer
        if (!cursor || !review.case) return
        const { image, dims, spacing } = review.case
        tools.setRange(...localRange(image, dims, spacing, cursor.voxel))
      },
    },
    simple('limited', 'Paint only in a range of values', ['I'], () => tools.toggleLimit('range')),
    simple('similar', 'Paint only similar tissue', ['Shift+I'], () => tools.toggleLimit('similar')),
    simple('brush-smaller', 'Smaller brush', ['['], () => tools.grow(-1)),
    simple('brush-larger', 'Larger brush', [']'], () => tools.grow(1)),
    simple('sphere', 'Disc or ball', ['D'], () => (tools.sphere = !tools.sphere)),
    simple('overwrite', 'What may be overwritten: unlocked, background, inside one', ['O'], () => {
      if (review.case) nextOverwrite(review.case, tools, viewer.cursor?.label ?? 0)
    }),
  ]
}

/** A deed on what lies under the pointer. */
function pointed(id: PointedDeed, title: string, keys: Shortcut[], { review, viewer, toasts }: App): Action {
  const run = async (): Promise<void> => {
    const { cursor } = viewer
    if (!review.case || !cursor) return
    const answer = await review.deeds.point(id, review.case, cursor.voxel)
    if (answer !== null) toasts.say(answer)
  }
  return {
    id: `here-${id}`,
    title,
    group: 'Tools',
    keys,
    place: 'review',
    enabled: () => review.case !== null && review.segmenting === null && viewer.cursor !== null,
    run: () => void run(),
  }
}
