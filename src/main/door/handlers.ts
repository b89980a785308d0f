import { resolve, sep } from 'node:path'
import type { ListedSeries, ServerDraft, ServerList, StudyPage } from '../../shared/archive'
import type { LibraryState } from '../../shared/care'
import type { CaseHistory } from '../../shared/caseHistory'
import type {
  AppInfo,
  CaseDetail,
  CaseRow,
  ExportFormat,
  Input,
  LearningPlan,
  LibrarySettings,
  ModelRow,
} from '../../shared/contract'
import type { JobRequest, JobRow } from '../../shared/jobs'
import { EmendError } from '../../shared/errors'
import { exportFormats } from '../../shared/exportFormats'
import type { Margins } from '../../shared/margins'
import type { ModelStory, RunCurves } from '../../shared/modelCard'
import type { Reading, RelatedCase } from '../../shared/reading'
import type { ComparedReadings, NextCase, NoteRow } from '../../shared/review'
import type {
  AuditFilter,
  AuditNames,
  AuditPage,
  AuditQuestion,
  ChainCheck,
  Intake,
  Members,
  Removal,
  RemovedCase,
  SchemaRow,
  SiteStatistics,
  TrashContents,
  Emptied,
} from '../../shared/site'
import type { TrainingExample } from '../../shared/trainingExample'
import type { UserSettings } from '../../shared/userSettings'
import type { Handlers } from './answer'

type Soon<T> = Promise<T> | T

/** The library and its jobs, as far as the window asks for them. */
export interface Workspace {
  listCases(): Soon<CaseRow[]>
  caseRows(caseIds: readonly string[]): Soon<CaseRow[]>
  caseDetail(caseId: string): Soon<CaseDetail>
  caseHistory(caseId: string): Soon<CaseHistory>
  setStatus(input: Input<'review:set-status'>): Soon<CaseRow>
  setLooks(input: Input<'labels:set-looks'>): Promise<void>
  reading(caseId: string): Promise<Reading>
  keepReading(input: Input<'reading:set'>): Promise<void>
  relatedCases(caseId: string): Promise<RelatedCase[]>
  settings(): Soon<LibrarySettings>
  changeSettings(settings: LibrarySettings): Soon<LibrarySettings>
  listJobs(): Soon<JobRow[]>
  startJob(request: JobRequest): Soon<JobRow>
  cancelJob(jobId: string): Soon<JobRow>
  /** Writes the case's current labels to the file at `path`. */
  exportLabels(caseId: string, wanted: { format: ExportFormat; path: string }): Promise<void>
  readonly desk: ReviewDesk
  readonly models: ModelDesk
  readonly site: SiteDesk
  readonly intake: IntakeDesk
  readonly trash: TrashDesk
  readonly care: LibraryDesk
  readonly archives: Archives
  readonly userSettings: UserSettingsStore
}

/** Review beyond one case and one reader, as far as the window asks for it. */
export interface ReviewDesk {
  nextCase(input: Input<'review:next'>): Soon<NextCase | null>
  notes(caseId: string): Soon<NoteRow[]>
  addNote(input: Input<'review:note'>): Soon<CaseRow>
  rejectStructure(input: Input<'review:reject'>): Soon<CaseRow>
  rejectReasons(): Soon<string[]>
  reopenCase(input: Input<'review:reopen'>): Soon<CaseRow>
  askSecondReading(input: Input<'review:second-reading'>): Soon<CaseRow>
  compareReadings(caseId: string): Soon<ComparedReadings>
  arbitrate(input: Input<'review:arbitrate'>): Soon<CaseRow>
}

/** The library's models, as far as the window asks for them. */
export interface ModelDesk {
  list(): Soon<ModelRow[]>
  use(name: string, version: number, reason?: string): Soon<ModelRow[]>
  rollBack(): Soon<ModelRow[]>
  add(folder: string): Promise<ModelRow[]>
  story(name: string, version: number): Promise<ModelStory>
  setTeacher(teacher: Input<'models:teach'>['teacher']): Soon<ModelRow[]>
  margins(): Soon<Margins>
  setMargin(input: Input<'learning:set-margin'>): Soon<Margins>
  plan(): Soon<LearningPlan>
  example(): Promise<TrainingExample | null>
  curves(): Promise<RunCurves | null>
}

/** What a whole site looks at, as far as the window asks for it. */
export interface SiteDesk {
  statistics(since: string | null): Soon<SiteStatistics>
  exportStatistics(since: string | null, path: string): Promise<boolean>
  auditPage(question: AuditQuestion): Soon<AuditPage>
  auditNames(): Soon<AuditNames>
  checkAudit(): Promise<ChainCheck>
  exportAudit(filter: AuditFilter, path: string): Promise<unknown>
  members(): Soon<Members>
  setMember(input: Input<'members:set'>): Soon<Members>
  turnRolesOff(): Soon<Members>
  addStructure(input: Input<'labels:add-structure'>): Soon<string>
  schemas(): Soon<SchemaRow[]>
  makeSchema(schema: Input<'schemas:make'>): Soon<SchemaRow[]>
  useSchema(schema: string): Soon<SchemaRow[]>
  assignSchema(schema: string, caseIds: readonly string[]): Soon<CaseRow[]>
}

/** Deleting cases, as far as the window asks for it. */
export interface TrashDesk {
  removal(caseId: string): Soon<Removal>
  remove(caseId: string): Soon<void>
  list(): Soon<RemovedCase[]>
  restore(caseId: string): Soon<CaseRow>
  contents(upTo?: string): Promise<TrashContents>
  empty(upTo: string): Promise<Emptied>
}

/** The library as a whole, as far as the window asks for it. */
export interface LibraryDesk {
  state(): Promise<LibraryState>
  verify(): Soon<JobRow>
  repair(from: string | null): Soon<JobRow>
  backUp(folder: string): Soon<JobRow>
  exportSet(folder: string, caseIds: readonly string[]): Soon<JobRow>
  importSet(folder: string, verified: boolean): Promise<JobRow>
}

/** The watched folder, as far as the window asks for it. */
export interface IntakeDesk {
  status(): Soon<Intake>
  watch(folder: string | null): Promise<Intake>
  retry(): Promise<Intake>
}

/** What this user set, kept apart from the library. */
export interface UserSettingsStore {
  read(): Promise<{ settings: UserSettings; faults: string[] }>
  write(settings: UserSettings): Promise<void>
}

/** The image archives, as far as the window asks for them. */
export interface Archives {
  list(): Promise<ServerList>
  save(draft: ServerDraft): Promise<ServerList>
  remove(serverId: string): Promise<ServerList>
  test(draft: ServerDraft): Promise<string>
  search(input: Input<'pacs:search'>): Promise<StudyPage>
  series(input: Input<'pacs:series'>): Promise<ListedSeries[]>
  fetch(input: Input<'pacs:fetch'>): Promise<JobRow>
  send(input: Input<'pacs:send'>): Promise<JobRow>
}

/** What the desktop does for the window: dialogs and the file manager. */
export interface Desktop {
  readonly info: AppInfo
  choosePaths(what: 'files' | 'folder'): Promise<string[]>
  /** A folder, which may be a new one. */
  chooseFolder(title: string): Promise<string | null>
  chooseTarget(suggestedName: string, format: ExportFormat): Promise<string | null>
  /** For a table as CSV. */
  chooseTable(suggestedName: string): Promise<string | null>
  reveal(path: string): void
}

/** Which library the window has, and where it lies. */
export interface LibraryPlace {
  use(folder: string): Promise<void>
  move(folder: string): Promise<void>
  stop(): void
}

/** The contract's handlers over a workspace, its place and a desktop. */
export function buildHandlers(workspace: Workspace, desktop: Desktop, place: LibraryPlace): Handlers {
  const written = new Set<string>()
  const exportTable = async (
    suggestedName: string,
    write: (path: string) => Promise<unknown>,
  ): Promise<string | null> => {
    const path = await desktop.chooseTable(suggestedName)
    if (!path) return null
    await write(path)
    written.add(resolve(path))
    return path
  }
  const inFolder = async <T>(title: string, start: (folder: string) => Soon<T>): Promise<T | null> => {
    const folder = await desktop.chooseFolder(title)
    return folder === null ? null : start(folder)
  }
  return {
    'app:info': () => desktop.info,
    'cases:list': () => workspace.listCases(),
    'cases:rows': ({ caseIds }) => workspace.caseRows(caseIds),
    'cases:detail': ({ caseId }) => workspace.caseDetail(caseId),
    'cases:history': ({ caseId }) => workspace.caseHistory(caseId),
    'cases:choose': ({ what }) => desktop.choosePaths(what),
    'review:set-status': (input) => workspace.setStatus(input),
    async 'labels:set-looks'(input) {
      await workspace.setLooks(input)
      return undefined
    },
    'labels:add-structure': (input) => workspace.site.addStructure(input),
    'review:next': (input) => workspace.desk.nextCase(input),
    'review:notes': ({ caseId }) => workspace.desk.notes(caseId),
    'review:note': (input) => workspace.desk.addNote(input),
    'review:reject-reasons': () => workspace.desk.rejectReasons(),
    'review:reject': (input) => workspace.desk.rejectStructure(input),
    'review:reopen': (input) => workspace.desk.reopenCase(input),
    'review:second-reading': (input) => workspace.desk.askSecondReading(input),
    'review:compare': ({ caseId }) => workspace.desk.compareReadings(caseId),
    'review:arbitrate': (input) => workspace.desk.arbitrate(input),
    'site:statistics': ({ since }) => workspace.site.statistics(since),
    'site:export-statistics': ({ since }) =>
      exportTable('emend-statistics.csv', (path) => workspace.site.exportStatistics(since, path)),
    'audit:page': (question) => workspace.site.auditPage(question),
    'audit:names': () => workspace.site.auditNames(),
    'audit:check': () => workspace.site.checkAudit(),
    'audit:export': ({ filter }) => exportTable('emend-audit.csv', (path) => workspace.site.exportAudit(filter, path)),
    'members:list': () => workspace.site.members(),
    'members:set': (input) => workspace.site.setMember(input),
    'members:off': () => workspace.site.turnRolesOff(),
    'intake:get': () => workspace.intake.status(),
    'intake:choose': () => inFolder('Watch a folder', (folder) => workspace.intake.watch(folder)),
    'intake:stop': () => workspace.intake.watch(null),
    'intake:retry': () => workspace.intake.retry(),
    'reading:get': ({ caseId }) => workspace.reading(caseId),
    async 'reading:set'(input) {
      await workspace.keepReading(input)
      return undefined
    },
    'cases:related': ({ caseId }) => workspace.relatedCases(caseId),
    'cases:removal': ({ caseId }) => workspace.trash.removal(caseId),
    async 'cases:remove'({ caseId }) {
      await workspace.trash.remove(caseId)
      return undefined
    },
    'cases:removed': () => workspace.trash.list(),
    'cases:restore': ({ caseId }) => workspace.trash.restore(caseId),
    'trash:contents': ({ upTo }) => workspace.trash.contents(upTo ?? undefined),
    'trash:empty': ({ upTo }) => workspace.trash.empty(upTo),
    'library:state': () => workspace.care.state(),
    'library:verify': () => workspace.care.verify(),
    'library:repair': ({ fromBackup }) =>
      fromBackup
        ? inFolder('The backup that files come back from', (folder) => workspace.care.repair(folder))
        : workspace.care.repair(null),
    'library:back-up': () =>
      inFolder('Back up into an empty folder, or over an earlier backup', (folder) => workspace.care.backUp(folder)),
    'library:export-set': ({ caseIds }) =>
      inFolder('Write the data set into an empty folder', (folder) => workspace.care.exportSet(folder, caseIds)),
    'library:import-set': ({ verified }) =>
      inFolder('Import a data set', (folder) => workspace.care.importSet(folder, verified)),
    'library:open': async () =>
      (await inFolder('The folder of a library, or an empty one', (folder) => place.use(folder))) !== null,
    'library:move': async () =>
      (await inFolder('Move the library into an empty folder', (folder) => place.move(folder))) !== null,
    'library:stop-moving'() {
      place.stop()
      return undefined
    },
    'models:list': () => workspace.models.list(),
    'models:use': ({ name, version, reason }) => workspace.models.use(name, version, reason),
    'models:rollback': () => workspace.models.rollBack(),
    'models:teach': ({ teacher }) => workspace.models.setTeacher(teacher),
    'models:card': ({ name, version }) => workspace.models.story(name, version),
    'models:add': () => inFolder('Add the model in a folder', (folder) => workspace.models.add(folder)),
    'schemas:list': () => workspace.site.schemas(),
    'schemas:make': (schema) => workspace.site.makeSchema(schema),
    'schemas:use': ({ schema }) => workspace.site.useSchema(schema),
    async 'schemas:assign'({ caseId, schema }) {
      return (await workspace.site.assignSchema(schema, [caseId]))[0]
    },
    'learning:plan': () => workspace.models.plan(),
    'learning:margins': () => workspace.models.margins(),
    'learning:set-margin': (input) => workspace.models.setMargin(input),
    'learning:example': () => workspace.models.example(),
    'learning:curves': () => workspace.models.curves(),
    'settings:get': () => workspace.settings(),
    'settings:set': (settings) => workspace.changeSettings(settings),
    'user-settings:get': () => workspace.userSettings.read(),
    async 'user-settings:set'(settings) {
      await workspace.userSettings.write(settings)
      return undefined
    },
    'jobs:list': () => workspace.listJobs(),
    'jobs:start': (request) => workspace.startJob(request),
    'jobs:cancel': ({ jobId }) => workspace.cancelJob(jobId),
    async 'labels:export'({ caseId, format }) {
      const path = await desktop.chooseTarget(suggestName(caseId, format), format)
      if (!path) return null
      await workspace.exportLabels(caseId, { format, path })
      written.add(resolve(path))
      return path
    },
    'pacs:servers': () => workspace.archives.list(),
    'pacs:save-server': (draft) => workspace.archives.save(draft),
    'pacs:remove-server': ({ serverId }) => workspace.archives.remove(serverId),
    'pacs:test-server': (draft) => workspace.archives.test(draft),
    'pacs:search': (input) => workspace.archives.search(input),
    'pacs:series': (input) => workspace.archives.series(input),
    'pacs:fetch': (input) => workspace.archives.fetch(input),
    'pacs:send': (input) => workspace.archives.send(input),
    'app:reveal'({ path }) {
      const wanted = resolve(path)
      if (!written.has(wanted) && !`${wanted}${sep}`.startsWith(`${resolve(desktop.info.libraryPath)}${sep}`)) {
        throw new EmendError(`cannot show ${path}: Emend did not write it`)
      }
      desktop.reveal(wanted)
      return undefined
    },
  }
}

/** A file name from the library's id of the case: titles may hold what a study's description says of the patient. */
export function suggestName(caseId: string, format: ExportFormat): string {
  const { about, extensions } = exportFormats[format]
  return `case-${caseId.replace(/[^\w-]+/g, '').slice(0, 8)}-${about}.${extensions[0]}`
}
