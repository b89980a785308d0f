import { exportFormatNames, exportFormats, type ExportFormatName } from '../../shared/exportFormats'
import type { Shortcut } from '../design/keys'
import { effectIds, effects, type EffectId } from '../editor/effects'
import { pickKey } from '../review/structures'
import { layoutIds, layoutTitles } from '../viewer/layouts'
import { windowPresets } from '../viewer/windows'
import type { App } from './app.svelte'
import { placeKeys, places, placeTitles, type Place } from './places'

/** Something the reader can do. Shortcuts, tooltips, the palette and the list of shortcuts all read from here. */
export interface Action {
  readonly id: string
  readonly title: string
  readonly group: 'Go' | 'Case' | 'Review' | 'Tools' | 'View' | 'Learning'
  /** All that trigger it; the first is the one shown. */
  readonly keys: readonly Shortcut[]
  /** Where its shortcut works; everywhere where none is named. */
  readonly place?: Place
  readonly enabled: () => boolean
  readonly run: () => void
  /** Left out of the palette and the list: one of a series that is listed as one. */
  readonly series?: boolean
}

const exportKeys: Readonly<Partial<Record<ExportFormatName, readonly Shortcut[]>>> = {
  'dicom-seg': ['Mod+E'],
  nifti: ['Mod+Shift+E'],
}

export class Actions {
  readonly all: readonly Action[]
  private readonly byId: ReadonlyMap<string, Action>

  constructor(app: App) {
    this.all = [...goActions(app), ...caseActions(app), ...reviewActions(app), ...toolActions(app), ...viewActions(app)]
    this.byId = new Map(this.all.map((action) => [action.id, action]))
    if (this.byId.size !== this.all.length) throw new RangeError('two actions share an id')
  }

  /** @throws RangeError where there is no such action. */
  get(id: string): Action {
    const action = this.byId.get(id)
    if (!action) throw new RangeError(`there is no action '${id}'`)
    return action
  }

  /** The action that a shortcut triggers in a place, where it is possible now. */
  triggered(shortcut: Shortcut, place: Place): Action | null {
    const here = (action: Action): boolean => action.place === undefined || action.place === place
    return this.all.find((a) => a.keys.includes(shortcut) && here(a) && a.enabled()) ?? null
  }
}

const always = (): boolean => true

function goActions(app: App): Action[] {
  return [
    ...places.map((place): Action => {
      const run = (): void => app.goTo(place)
      return {
        id: `go-${place}`,
        title: placeTitles[place],
        group: 'Go',
        keys: [placeKeys[place]],
        enabled: always,
        run,
      }
    }),
    {
      id: 'palette',
      title: 'Find an action',
      group: 'Go',
      keys: ['Mod+K', 'Mod+Shift+P'],
      enabled: always,
      run: () => (app.paletteOpen = !app.paletteOpen),
    },
    {
      id: 'shortcuts',
      title: 'Keyboard shortcuts',
      group: 'Go',
      keys: ['?'],
      enabled: always,
      run: () => app.goTo('settings'),
    },
  ]
}

function caseActions(app: App): Action[] {
  const { review, models, jobs } = app
  const open = (): boolean => review.case !== null
  const group = 'Case'
  return [
    {
      id: 'import',
      title: 'Import files',
      group,
      keys: ['Mod+O'],
      enabled: always,
      run: () => void app.import('files'),
    },
    {
      id: 'import-folder',
      title: 'Import a folder',
      group,
      keys: ['Mod+Shift+O'],
      enabled: always,
      run: () => void app.import('folder'),
    },
    {
      id: 'segment',
      title: 'Segment',
      group,
      keys: ['Mod+Enter'],
      place: 'review',
      enabled: () => open() && review.segmenting === null,
      run: () => void review.segment(),
    },
    {
      id: 'save',
      title: 'Save',
      group,
      keys: ['Mod+S'],
      enabled: () => open() && !review.saving,
      run: () => void review.save(),
    },
    ...exportFormatNames.map((format): Action => ({
      id: `export-${format}`,
      title: `Export as ${exportFormats[format].title}`,
      group,
      keys: exportKeys[format] ?? [],
      enabled: open,
      run: () => void review.export(format),
    })),
    {
      id: 'send',
      title: 'Send labels to an archive',
      group,
      keys: [],
      enabled: open,
      run: () => app.askWhereToSend(),
    },
    {
      id: 'learn',
      title: 'Learn from corrections',
      group: 'Learning',
      keys: ['Mod+L'],
      enabled: () => models.plan !== null && models.plan.obstacle === null && jobs.activeOf('learn') === null,
      run: () => {
        app.goTo('learning')
        void models.learn()
      },
    },
  ]
}

function reviewActions(app: App): Action[] {
  const { review } = app
  const place = 'review'
  const group = 'Review'
  const open = (): boolean => review.case !== null
  const active = (): string => review.case?.active ?? ''
  const simple = (id: string, title: string, keys: Shortcut[], run: () => void): Action => {
    return { id, title, group, keys, place, enabled: open, run }
  }
  const picks = Array.from({ length: 10 }, (_, n): Action => {
    const name = (): string | undefined => review.case?.structures[n]?.name
    return {
      id: `pick-${n + 1}`,
      title: `Go to structure ${n + 1}`,
      group,
      keys: [pickKey(n) ?? ''],
      place,
      enabled: () => name() !== undefined,
      run: () => review.pick(name() ?? ''),
      series: true,
    }
  })
  const neighbour = (step: number): void => {
    const names = review.case?.structures.map(({ name }) => name) ?? []
    review.pick(names[(names.indexOf(active()) + step + names.length) % names.length])
  }
  return [
    simple('accept', 'Accept, go to the next', ['Space'], () => review.acceptAndNext()),
    simple('absent', 'Mark absent', ['A'], () => review.markAbsent()),
    simple('reject', 'Reject', ['X'], () => review.setStatus(active(), 'rejected')),
    simple('unreview', 'Back to unreviewed', ['U'], () => review.setStatus(active(), 'unreviewed')),
    simple('next-structure', 'Next structure', ['N'], () => neighbour(1)),
    simple('previous-structure', 'Previous structure', ['Shift+N'], () => neighbour(-1)),
    simple('lock', 'Lock or unlock the structure', ['L'], () => review.case?.toggleLocked(active())),
    simple('hide', 'Hide or show the structure', ['H'], () => review.case?.toggleHidden(active())),
    simple('alone', 'Show this structure alone', ['Shift+H'], () => review.case?.toggleOthersHidden()),
    {
      id: 'undo',
      title: 'Undo',
      group,
      keys: ['Mod+Z'],
      place,
      enabled: () => (review.case?.undoTitle ?? null) !== null,
      run: () => review.undo(),
    },
    {
      id: 'redo',
      title: 'Redo',
      group,
      keys: ['Mod+Shift+Z', 'Mod+Y'],
      place,
      enabled: () => (review.case?.redoTitle ?? null) !== null,
      run: () => review.redo(),
    },
    ...picks,
  ]
}

/** Shortcuts of the effects that readers use most. */
const effectKeys: Partial<Record<EffectId, readonly Shortcut[]>> = {
  largest: ['Shift+L'],
  'fill-holes': ['Shift+O'],
  'fill-between': ['Shift+B'],
  smooth: ['Shift+S'],
  grow: ['Shift+G'],
}

function toolActions({ review, viewer }: App): Action[] {
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

function viewActions({ review, viewer }: App): Action[] {
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
    ...layoutIds.map((id, n) => {
      return simple(`layout-${id}`, `Layout: ${layoutTitles[id]}`, [`Mod+${n + 1}`], () => {
        viewer.layout = id
        viewer.maximised = null
      })
    }),
  ]
}
