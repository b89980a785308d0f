import type { App } from '../app/app.svelte'
import type { Shortcut } from '../design/keys'
import { pickKey } from '../review/structures'
import type { Action } from './action'

/** Deciding on structures, one by one, and taking it back. */
export function reviewActions(app: App): Action[] {
  const { review, viewer } = app
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
    simple('reject', 'Reject, with a reason', ['X'], () => review.setStatus(active(), 'rejected')),
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
    simple('outline', 'Structure as an outline, or filled', ['Shift+M'], () => viewer.toggleOutlined(active())),
    simple('colours', "Colours: the schema's, or safe for colour-blind readers", ['Shift+C'], () => {
      viewer.colours = viewer.colours === 'schema' ? 'safe' : 'schema'
    }),
    simple('look', 'Name and colour of the structure', ['Alt+N'], () => (review.naming = true)),
    simple('add-structure', 'Add a structure to the schema', ['Alt+E'], () => (review.adding = true)),
    simple('history', 'History: all that was done', ['F6'], () => (review.log.shown = !review.log.shown)),
    ...picks,
  ]
}
