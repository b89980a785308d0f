import { parse } from 'valibot'
import { events, requests } from '../shared/contract'
import type { Channel, EventName, Input, Output, Reply } from '../shared/contract'
import type { EmendApi } from '../shared/windowApi'

/** What the api needs of Electron; handed in, so that the api can be tested in plain Node. */
export interface Bridge {
  /** Sends a request over its channel; main answers with a `Reply`. */
  invoke(channel: Channel, input: unknown): Promise<Reply>
  /** Listens to an event; the returned function stops it. */
  listen(event: EventName, listener: (payload: unknown) => void): () => void
  pathOf(file: File): string
}

/** The named verbs that the window gets: nothing of Electron passes through, and every answer is checked. */
export function buildApi(bridge: Bridge): EmendApi {
  async function ask<C extends Channel>(channel: C, input: Input<C>): Promise<Output<C>> {
    const reply = await bridge.invoke(channel, input)
    if (!reply.ok) throw new Error(reply.hint ? `${reply.message} (${reply.hint})` : reply.message)
    return parse(requests[channel].output, reply.value) as Output<C>
  }

  return {
    appInfo: () => ask('app:info', undefined),
    listCases: () => ask('cases:list', undefined),
    caseDetail: (input) => ask('cases:detail', input),
    caseHistory: (input) => ask('cases:history', input),
    chooseCases: (input) => ask('cases:choose', input),
    setStatus: (input) => ask('review:set-status', input),
    setLooks: (input) => ask('labels:set-looks', input),
    addStructure: (input) => ask('labels:add-structure', input),
    reading: (input) => ask('reading:get', input),
    keepReading: (input) => ask('reading:set', input),
    relatedCases: (input) => ask('cases:related', input),
    caseRows: (input) => ask('cases:rows', input),
    nextCase: (input) => ask('review:next', input),
    notes: (input) => ask('review:notes', input),
    addNote: (input) => ask('review:note', input),
    rejectStructure: (input) => ask('review:reject', input),
    reopenCase: (input) => ask('review:reopen', input),
    askSecondReading: (input) => ask('review:second-reading', input),
    compareReadings: (input) => ask('review:compare', input),
    arbitrate: (input) => ask('review:arbitrate', input),
    modelCard: (input) => ask('models:card', input),
    statistics: (input) => ask('site:statistics', input),
    exportStatistics: (input) => ask('site:export-statistics', input),
    auditPage: (input) => ask('audit:page', input),
    auditNames: () => ask('audit:names', undefined),
    checkAudit: () => ask('audit:check', undefined),
    exportAudit: (input) => ask('audit:export', input),
    members: () => ask('members:list', undefined),
    setMember: (input) => ask('members:set', input),
    turnRolesOff: () => ask('members:off', undefined),
    removal: (input) => ask('cases:removal', input),
    removeCase: (input) => ask('cases:remove', input),
    removedCases: () => ask('cases:removed', undefined),
    restoreCase: (input) => ask('cases:restore', input),
    trashContents: (input) => ask('trash:contents', input),
    emptyTrash: (input) => ask('trash:empty', input),
    intake: () => ask('intake:get', undefined),
    watchFolder: () => ask('intake:choose', undefined),
    stopWatching: () => ask('intake:stop', undefined),
    retryIntake: () => ask('intake:retry', undefined),
    rollBackModel: () => ask('models:rollback', undefined),
    listModels: () => ask('models:list', undefined),
    useModel: (input) => ask('models:use', input),
    teach: (input) => ask('models:teach', input),
    addModel: () => ask('models:add', undefined),
    schemas: () => ask('schemas:list', undefined),
    makeSchema: (input) => ask('schemas:make', input),
    useSchema: (input) => ask('schemas:use', input),
    assignSchema: (input) => ask('schemas:assign', input),
    learningPlan: () => ask('learning:plan', undefined),
    margins: () => ask('learning:margins', undefined),
    setMargin: (input) => ask('learning:set-margin', input),
    trainingExample: () => ask('learning:example', undefined),
    settings: () => ask('settings:get', undefined),
    changeSettings: (input) => ask('settings:set', input),
    userSettings: () => ask('user-settings:get', undefined),
    rememberSettings: (input) => ask('user-settings:set', input),
    libraryState: () => ask('library:state', undefined),
    verifyLibrary: () => ask('library:verify', undefined),
    repairLibrary: (input) => ask('library:repair', input),
    backUpLibrary: () => ask('library:back-up', undefined),
    exportSet: (input) => ask('library:export-set', input),
    importSet: (input) => ask('library:import-set', input),
    listJobs: () => ask('jobs:list', undefined),
    startJob: (input) => ask('jobs:start', input),
    cancelJob: (input) => ask('jobs:cancel', input),
    exportLabels: (input) => ask('labels:export', input),
    listServers: () => ask('pacs:servers', undefined),
    saveServer: (input) => ask('pacs:save-server', input),
    removeServer: (input) => ask('pacs:remove-server', input),
    testServer: (input) => ask('pacs:test-server', input),
    searchArchive: (input) => ask('pacs:search', input),
    listSeries: (input) => ask('pacs:series', input),
    fetchSeries: (input) => ask('pacs:fetch', input),
    sendLabels: (input) => ask('pacs:send', input),
    reveal: (input) => ask('app:reveal', input),
    pathOf: (file) => bridge.pathOf(file),
    on(event, listener) {
      const schema = events[event]
      return bridge.listen(event, (payload) => listener(parse(schema, payload) as Parameters<typeof listener>[0]))
    },
  }
}
