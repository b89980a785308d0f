import type { Channel, EventName, EventPayload, Input, Output } from './contract'

/** What the window may ask of the main process: a verb for each channel of the contract, and nothing else. */
export const verbs = {
  appInfo: 'app:info',
  listCases: 'cases:list',
  caseDetail: 'cases:detail',
  caseHistory: 'cases:history',
  chooseCases: 'cases:choose',
  setStatus: 'review:set-status',
  setLooks: 'labels:set-looks',
  addStructure: 'labels:add-structure',
  reading: 'reading:get',
  keepReading: 'reading:set',
  relatedCases: 'cases:related',
  caseRows: 'cases:rows',
  nextCase: 'review:next',
  notes: 'review:notes',
  addNote: 'review:note',
  rejectStructure: 'review:reject',
  rejectReasons: 'review:reject-reasons',
  reopenCase: 'review:reopen',
  askSecondReading: 'review:second-reading',
  compareReadings: 'review:compare',
  arbitrate: 'review:arbitrate',
  modelCard: 'models:card',
  statistics: 'site:statistics',
  exportStatistics: 'site:export-statistics',
  auditPage: 'audit:page',
  auditNames: 'audit:names',
  checkAudit: 'audit:check',
  exportAudit: 'audit:export',
  members: 'members:list',
  setMember: 'members:set',
  turnRolesOff: 'members:off',
  removal: 'cases:removal',
  removeCase: 'cases:remove',
  removedCases: 'cases:removed',
  restoreCase: 'cases:restore',
  trashContents: 'trash:contents',
  emptyTrash: 'trash:empty',
  intake: 'intake:get',
  watchFolder: 'intake:choose',
  stopWatching: 'intake:stop',
  retryIntake: 'intake:retry',
  rollBackModel: 'models:rollback',
  listModels: 'models:list',
  useModel: 'models:use',
  teach: 'models:teach',
  addModel: 'models:add',
  schemas: 'schemas:list',
  makeSchema: 'schemas:make',
  useSchema: 'schemas:use',
  assignSchema: 'schemas:assign',
  learningPlan: 'learning:plan',
  margins: 'learning:margins',
  setMargin: 'learning:set-margin',
  trainingExample: 'learning:example',
  runCurves: 'learning:curves',
  settings: 'settings:get',
  changeSettings: 'settings:set',
  userSettings: 'user-settings:get',
  rememberSettings: 'user-settings:set',
  libraryState: 'library:state',
  verifyLibrary: 'library:verify',
  repairLibrary: 'library:repair',
  backUpLibrary: 'library:back-up',
  exportSet: 'library:export-set',
  importSet: 'library:import-set',
  openLibrary: 'library:open',
  moveLibrary: 'library:move',
  stopMoving: 'library:stop-moving',
  listJobs: 'jobs:list',
  startJob: 'jobs:start',
  cancelJob: 'jobs:cancel',
  exportLabels: 'labels:export',
  listServers: 'pacs:servers',
  saveServer: 'pacs:save-server',
  removeServer: 'pacs:remove-server',
  testServer: 'pacs:test-server',
  searchArchive: 'pacs:search',
  listSeries: 'pacs:series',
  fetchSeries: 'pacs:fetch',
  sendLabels: 'pacs:send',
  reveal: 'app:reveal',
} as const satisfies Readonly<Record<string, Channel>>

type Ask<C extends Channel> = [Input<C>] extends [undefined]
  ? () => Promise<Output<C>>
  : (input: Input<C>) => Promise<Output<C>>

/** Every verb that fails rejects with an `Error` whose message is the one line to show, the hint in brackets. */
export type Verbs = { readonly [V in keyof typeof verbs]: Ask<(typeof verbs)[V]> }

/** All that the window has of the main process. */
export interface EmendApi extends Verbs {
  /** Where a file lies that was dropped on the window: the page itself may not know. Empty for a file that lies nowhere. */
  pathOf(file: File): string
  /** Listens to what the main process tells unasked; the returned function stops it. */
  on<E extends EventName>(event: E, listener: (payload: EventPayload<E>) => void): () => void
}

declare global {
  interface Window {
    readonly emend: EmendApi
  }
}
