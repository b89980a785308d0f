import type { App } from '../app/app.svelte'
import { always, type Action } from './action'

/** What is done with the library as a whole. */
export function libraryActions(app: App): Action[] {
  const { care, worklist } = app
  const group = 'Library'
  const idle = (): boolean => care.job === null
  return [
    {
      id: 'verify-library',
      title: 'Verify the library',
      group,
      keys: ['Mod+Shift+V'],
      enabled: idle,
      run: () => void care.verify(),
    },
    {
      id: 'back-up',
      title: 'Back up the library',
      group,
      keys: ['Mod+Shift+K'],
      enabled: idle,
      run: () => void care.backUp(),
    },
    {
      id: 'import-set',
      title: 'Import a data set for review',
      group,
      keys: ['Mod+Shift+U'],
      enabled: always,
      run: () => void care.importSet(false),
    },
    {
      id: 'segment-unlabelled',
      title: 'Segment all cases without labels',
      group,
      keys: ['Mod+Shift+A'],
      enabled: () => worklist.canSegment('all'),
      run: () => void worklist.segment('all'),
    },
    {
      id: 'segment-found',
      title: 'Segment those without labels that the search found',
      group,
      keys: ['Mod+Shift+F'],
      place: 'worklist',
      enabled: () => worklist.canSegment('shown'),
      run: () => void worklist.segment('shown'),
    },
  ]
}
