import { exportFormatNames, exportFormats, type ExportFormatName } from '../../shared/exportFormats'
import type { App } from '../app/app.svelte'
import type { Shortcut } from '../design/keys'
import { always, type Action } from './action'

const exportKeys: Readonly<Record<ExportFormatName, readonly Shortcut[]>> = {
  'dicom-seg': ['Mod+E'],
  nifti: ['Mod+Shift+E'],
  'dicom-labelmap': ['Alt+1'],
  'seg-nrrd': ['Alt+2'],
  rtstruct: ['Alt+3'],
  stl: ['Alt+4'],
  obj: ['Alt+5'],
  ply: ['Alt+6'],
  csv: ['Alt+7'],
  json: ['Alt+8'],
  pdf: ['Alt+9'],
  'dicom-sr': ['Alt+0'],
}

/** What is done with a case as a whole, and with all of them: learning. */
export function caseActions(app: App): Action[] {
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
      keys: exportKeys[format],
      enabled: open,
      run: () => void review.export(format),
    })),
    {
      id: 'send',
      title: 'Send labels to an archive',
      group,
      keys: ['Mod+Shift+S'],
      enabled: open,
      run: () => app.askWhereToSend(),
    },
    {
      id: 'next-case',
      title: 'Next case',
      group,
      keys: ['Mod+ArrowRight'],
      enabled: () => app.cases.rows.length > 0,
      run: () => void app.desk.next(review.case?.id ?? null),
    },
    {
      id: 'talk',
      title: 'Comments and decisions of the case',
      group,
      keys: ['Mod+M'],
      place: 'review',
      enabled: open,
      run: () => void (review.case && app.desk.talkAbout(review.case.id)),
    },
    {
      id: 'remove-case',
      title: 'Delete the case',
      group,
      keys: ['Mod+Delete'],
      place: 'review',
      enabled: open,
      run: () => void (review.case && app.trash.ask(review.case.id)),
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
