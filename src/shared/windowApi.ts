import type { EventName, EventPayload, Input, Output } from './contract'

/**
 * What the window may ask of the main process: one verb per channel of the contract, and nothing else.
 * Every verb that fails rejects with an `Error` whose message is the one line to show, the hint in brackets.
 */
export interface EmendApi {
  appInfo(): Promise<Output<'app:info'>>
  listCases(): Promise<Output<'cases:list'>>
  caseDetail(input: Input<'cases:detail'>): Promise<Output<'cases:detail'>>
  caseHistory(input: Input<'cases:history'>): Promise<Output<'cases:history'>>
  chooseCases(input: Input<'cases:choose'>): Promise<Output<'cases:choose'>>
  setStatus(input: Input<'review:set-status'>): Promise<Output<'review:set-status'>>
  setLooks(input: Input<'labels:set-looks'>): Promise<Output<'labels:set-looks'>>
  addStructure(input: Input<'labels:add-structure'>): Promise<Output<'labels:add-structure'>>
  reading(input: Input<'reading:get'>): Promise<Output<'reading:get'>>
  keepReading(input: Input<'reading:set'>): Promise<Output<'reading:set'>>
  relatedCases(input: Input<'cases:related'>): Promise<Output<'cases:related'>>
  caseRows(input: Input<'cases:rows'>): Promise<Output<'cases:rows'>>
  nextCase(input: Input<'review:next'>): Promise<Output<'review:next'>>
  notes(input: Input<'review:notes'>): Promise<Output<'review:notes'>>
  addNote(input: Input<'review:note'>): Promise<Output<'review:note'>>
  rejectStructure(input: Input<'review:reject'>): Promise<Output<'review:reject'>>
  reopenCase(input: Input<'review:reopen'>): Promise<Output<'review:reopen'>>
  askSecondReading(input: Input<'review:second-reading'>): Promise<Output<'review:second-reading'>>
  compareReadings(input: Input<'review:compare'>): Promise<Output<'review:compare'>>
  arbitrate(input: Input<'review:arbitrate'>): Promise<Output<'review:arbitrate'>>
  modelCard(input: Input<'models:card'>): Promise<Output<'models:card'>>
  statistics(input: Input<'site:statistics'>): Promise<Output<'site:statistics'>>
  exportStatistics(input: Input<'site:export-statistics'>): Promise<Output<'site:export-statistics'>>
  auditPage(input: Input<'audit:page'>): Promise<Output<'audit:page'>>
  auditNames(): Promise<Output<'audit:names'>>
  checkAudit(): Promise<Output<'audit:check'>>
  exportAudit(input: Input<'audit:export'>): Promise<Output<'audit:export'>>
  members(): Promise<Output<'members:list'>>
  setMember(input: Input<'members:set'>): Promise<Output<'members:set'>>
  turnRolesOff(): Promise<Output<'members:off'>>
  removal(input: Input<'cases:removal'>): Promise<Output<'cases:removal'>>
  removeCase(input: Input<'cases:remove'>): Promise<Output<'cases:remove'>>
  removedCases(): Promise<Output<'cases:removed'>>
  restoreCase(input: Input<'cases:restore'>): Promise<Output<'cases:restore'>>
  trashContents(input: Input<'trash:contents'>): Promise<Output<'trash:contents'>>
  emptyTrash(input: Input<'trash:empty'>): Promise<Output<'trash:empty'>>
  intake(): Promise<Output<'intake:get'>>
  watchFolder(): Promise<Output<'intake:choose'>>
  stopWatching(): Promise<Output<'intake:stop'>>
  retryIntake(): Promise<Output<'intake:retry'>>
  rollBackModel(): Promise<Output<'models:rollback'>>
  listModels(): Promise<Output<'models:list'>>
  useModel(input: Input<'models:use'>): Promise<Output<'models:use'>>
  teach(input: Input<'models:teach'>): Promise<Output<'models:teach'>>
  addModel(): Promise<Output<'models:add'>>
  schemas(): Promise<Output<'schemas:list'>>
  makeSchema(input: Input<'schemas:make'>): Promise<Output<'schemas:make'>>
  useSchema(input: Input<'schemas:use'>): Promise<Output<'schemas:use'>>
  assignSchema(input: Input<'schemas:assign'>): Promise<Output<'schemas:assign'>>
  learningPlan(): Promise<Output<'learning:plan'>>
  margins(): Promise<Output<'learning:margins'>>
  setMargin(input: Input<'learning:set-margin'>): Promise<Output<'learning:set-margin'>>
  trainingExample(): Promise<Output<'learning:example'>>
  settings(): Promise<Output<'settings:get'>>
  changeSettings(input: Input<'settings:set'>): Promise<Output<'settings:set'>>
  userSettings(): Promise<Output<'user-settings:get'>>
  rememberSettings(input: Input<'user-settings:set'>): Promise<Output<'user-settings:set'>>
  libraryState(): Promise<Output<'library:state'>>
  verifyLibrary(): Promise<Output<'library:verify'>>
  repairLibrary(input: Input<'library:repair'>): Promise<Output<'library:repair'>>
  backUpLibrary(): Promise<Output<'library:back-up'>>
  exportSet(input: Input<'library:export-set'>): Promise<Output<'library:export-set'>>
  importSet(input: Input<'library:import-set'>): Promise<Output<'library:import-set'>>
  listJobs(): Promise<Output<'jobs:list'>>
  startJob(input: Input<'jobs:start'>): Promise<Output<'jobs:start'>>
  cancelJob(input: Input<'jobs:cancel'>): Promise<Output<'jobs:cancel'>>
  exportLabels(input: Input<'labels:export'>): Promise<Output<'labels:export'>>
  listServers(): Promise<Output<'pacs:servers'>>
  saveServer(input: Input<'pacs:save-server'>): Promise<Output<'pacs:save-server'>>
  removeServer(input: Input<'pacs:remove-server'>): Promise<Output<'pacs:remove-server'>>
  testServer(input: Input<'pacs:test-server'>): Promise<Output<'pacs:test-server'>>
  searchArchive(input: Input<'pacs:search'>): Promise<Output<'pacs:search'>>
  listSeries(input: Input<'pacs:series'>): Promise<Output<'pacs:series'>>
  fetchSeries(input: Input<'pacs:fetch'>): Promise<Output<'pacs:fetch'>>
  sendLabels(input: Input<'pacs:send'>): Promise<Output<'pacs:send'>>
  reveal(input: Input<'app:reveal'>): Promise<Output<'app:reveal'>>
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
