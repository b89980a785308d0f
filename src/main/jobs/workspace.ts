import { join } from 'node:path'
import type { CaseHistory, RevisionRow } from '../../shared/caseHistory'
import type { CaseDetail, CaseRow, EventName, EventPayload, Input, LibrarySettings } from '../../shared/contract'
import type { JobRequest, JobRow } from '../../shared/jobs'
import { EmendError, oneLine } from '../../shared/errors'
import type { Looks } from '../../shared/labels/looks'
import type { Reading, RelatedCase } from '../../shared/reading'
import type { DeviceReport } from '../graph/devices'
import { saveRun, settleRuns, unfinishedRun } from '../learning/cycleFile'
import { caseHistory } from '../library/caseHistory'
import { caseGrid, getCase, listCases, listCasesNamed, readCaseImage } from '../library/cases'
import { appendJournal, readJournal, replaceJournal, type Journal } from '../library/journal'
import { alwaysDeidentifies, setAlwaysDeidentifies } from '../library/deidentification'
import { openLibrary, type Library } from '../library/library'
import { recordView } from '../library/audit'
import { offersIn } from '../library/reviewedCases'
import { schemaOf, setLooks } from '../library/looks'
import { packedImage, packedLabels, type PackedVoxels } from '../library/packedVoxels'
import { readReading, writeReading } from '../library/reading'
import { relatedCases } from '../library/relatedCases'
import { readRevision, revisionRow } from '../library/revisions'
import { visibleHistory } from '../library/secondReading'
import { lookUpStudyDates } from '../library/studyDates'
import { readUncertainty } from '../library/uncertainty'
import { Servers } from '../pacs/servers'
import { appFolder } from './appFolder'
import { Archives } from './archives'
import { registerBuiltInModels } from './builtInModels'
import { IntakeDesk } from './intakeDesk'
import { jobTitle, LEARNING } from './jobTitle'
import { exportLabels, type Export } from './labelExport'
import { LibraryDesk } from './libraryDesk'
import { forkLauncher, type Launch } from './launcher'
import { LearningByItself } from './learningByItself'
import { learningHour, setLearningHour } from './learningHours'
import { readerIsAtWork } from './manners'
import { ModelDesk } from './modelDesk'
import { deviceFile as defaultDeviceFile, knownDevices } from './probe'
import { addReaderLabels, addReaderStatus, type ReaderLabels } from './readerLabels'
import { ReviewDesk } from './reviewDesk'
import { JobRunner } from './runner'
import { wantsSample } from './sample'
import { newCasesSegmented, SegmentingByItself, setNewCasesSegmented } from './segmentingByItself'
import { SiteDesk } from './siteDesk'
import { TrashDesk } from './trashDesk'
import { UserSettingsFile } from './userSettingsFile'
import type { WatchTimes } from './watchedFolder'
import type { WorkspaceOptions } from './workspaceOptions'

export type EventListener = <E extends EventName>(event: E, payload: EventPayload<E>) => void

/**
 * Opens the library in the folder `path` (created where there is none) with its jobs, as the window and the command
 * line use them, and registers the models that come with the app.
 *
 * @throws EmendError where the library cannot be opened.
 */
export async function openWorkspace(path: string, options: WorkspaceOptions = {}): Promise<Workspace> {
  const visits = (options.access ?? 'owner') !== 'owner'
  const library = openLibrary(path, { user: options.user, access: options.access })
  try {
    if (!visits) {
      await registerBuiltInModels(library, options.models ?? join(appFolder(), 'models'))
      await settleRuns(library)
      await lookUpStudyDates(library)
    }
  } catch (error) {
    library.close()
    throw error
  }
  const launch = options.launch ?? forkLauncher()
  const deviceFile = options.deviceFile ?? defaultDeviceFile()
  const workspace = new Workspace(
    library,
    launch,
    () => knownDevices(launch, deviceFile),
    new Servers(options.configFolder, options.keyStore),
    new UserSettingsFile(options.configFolder),
    options.watchTimes,
  )
  if (!visits && options.sample !== false && wantsSample(library))
    workspace.runner.start({ kind: 'sample' }, 'Make the sample study')
  if (options.learnsByItself) workspace.learnByItself()
  if (options.watches) workspace.intake.start()
  return workspace
}

/** A library and its jobs, with one method for each request of the contract. */
export class Workspace {
  readonly runner: JobRunner
  readonly archives: Archives
  readonly desk: ReviewDesk
  readonly models: ModelDesk
  readonly site: SiteDesk
  readonly intake: IntakeDesk
  readonly trash: TrashDesk
  readonly care: LibraryDesk
  readonly newCases: SegmentingByItself
  private readonly listeners = new Set<EventListener>()
  private hourly: NodeJS.Timeout | undefined
  private found: Promise<readonly DeviceReport[]> | null = null

  constructor(
    readonly library: Library,
    launch: Launch,
    private readonly probe: () => Promise<readonly DeviceReport[]>,
    servers: Servers,
    readonly userSettings: UserSettingsFile,
    watchTimes?: WatchTimes,
  ) {
    this.runner = new JobRunner(
      library,
      {
        job: (row) => {
          this.tell('job:changed', row)
          if (row.kind === 'learn' && row.state === 'cancelled') this.endCancelledRun()
          if (row.finishedAt !== null) this.newCases.ended(row)
        },
        changed: (caseIds, models, task) => {
          this.newCases.came(caseIds, task)
          if (caseIds.length > 0) this.tell('cases:changed', { caseIds: [...caseIds] })
          if (models) this.tell('models:changed', undefined)
        },
      },
      { launch, devices: () => this.devices() },
    )
    this.newCases = new SegmentingByItself(library, this.runner)
    this.archives = new Archives(library, this.runner, servers)
    this.intake = new IntakeDesk(library, this.runner, (status) => this.tell('intake:changed', status), watchTimes)
    const changed = (caseIds: readonly string[]): void => this.tell('cases:changed', { caseIds: [...caseIds] })
    const modelsChanged = (): void => this.tell('models:changed', undefined)
    this.models = new ModelDesk(library, modelsChanged)
    this.site = new SiteDesk(library, modelsChanged, changed)
    this.trash = new TrashDesk(library, this.runner, changed)
    this.care = new LibraryDesk(library, this.runner)
    this.desk = new ReviewDesk(library, changed)
  }

  /** Goes on with a turn of learning that was interrupted, and begins one when it is time; and with new cases to segment. */
  learnByItself(): void {
    this.newCases.look()
    if (unfinishedRun(this.library)) this.runner.start({ kind: 'learn' }, LEARNING)
    const byItself = new LearningByItself(this.library, this.runner, () => this.models.plan())
    this.hourly = setInterval(() => void byItself.look(), 30_000)
    this.hourly.unref()
  }

  /** Hears of every change, by whomever; the returned function ends that. */
  onEvent(listener: EventListener): () => void {
    this.listeners.add(listener)
    return () => void this.listeners.delete(listener)
  }

  /** The worklist, newest import first. */
  listCases(): CaseRow[] {
    return listCases(this.library)
  }

  /** The rows of some cases; those that are gone are left out. */
  caseRows(caseIds: readonly string[]): CaseRow[] {
    return listCasesNamed(this.library, caseIds)
  }

  /** @throws EmendError where the library has no such case. */
  caseDetail(caseId: string): CaseDetail {
    const row = getCase(this.library, caseId)
    const schema = schemaOf(this.library, row.schema)
    const { affine } = caseGrid(this.library, caseId)
    const { offered, sought } = offersIn(this.library)(row)
    return {
      row,
      affine: [[...affine[0]], [...affine[1]], [...affine[2]]],
      schema,
      revisions: visibleHistory(this.library, caseId).revisions.map(revisionRow),
      offered: offered && [...offered],
      sought: [...sought],
    }
  }

  /** What a reader says about one structure (`addReaderStatus`). */
  setStatus({ caseId, structure, status, ...how }: Input<'review:set-status'>): CaseRow {
    this.atWork()
    addReaderStatus(this.library, caseId, structure, status, how)
    this.tell('cases:changed', { caseIds: [caseId] })
    return getCase(this.library, caseId)
  }

  /** Names and colours structures for the whole library. @throws EmendError where there is no such structure, or it cannot be */
  async setLooks({ caseId, looks }: { caseId: string; looks: Looks }): Promise<void> {
    await setLooks(this.library, getCase(this.library, caseId).schema, looks)
  }

  /** Measurements and alignments of a case, as far as the user may see them (`readReading`). */
  reading(caseId: string): Promise<Reading> {
    return readReading(this.library, caseId)
  }

  keepReading({ caseId, reading, removed }: Input<'reading:set'>): Promise<void> {
    return writeReading(this.library, caseId, reading, removed)
  }

  /** The other cases, those of the same patient first. */
  relatedCases(caseId: string): Promise<RelatedCase[]> {
    return relatedCases(this.library, caseId)
  }

  /** All that happened to a case, oldest first, as far as the user may see it. */
  caseHistory(caseId: string): CaseHistory {
    return caseHistory(this.library, caseId)
  }

  async settings(): Promise<LibrarySettings> {
    const { library } = this
    const deidentify = await alwaysDeidentifies(library)
    return { deidentify, learnAt: learningHour(library), ...newCasesSegmented(library) }
  }

  async changeSettings({ deidentify, learnAt, ...newCases }: LibrarySettings): Promise<LibrarySettings> {
    await setAlwaysDeidentifies(this.library, deidentify)
    if (learnAt !== undefined) setLearningHour(this.library, learnAt)
    setNewCasesSegmented(this.library, newCases)
    return this.settings()
  }

  listJobs(): JobRow[] {
    return this.runner.list()
  }

  /** Queues a job; a segmentation that is asked for twice is made once. @throws EmendError where it could not work from the start. */
  async startJob(request: JobRequest): Promise<JobRow> {
    if (request.kind === 'learn') {
      const { obstacle } = await this.models.plan()
      if (obstacle !== null) throw new EmendError(`cannot learn yet: ${obstacle}`)
    }
    const underWay = request.kind === 'segment' && this.segmenting(request.caseId)
    if (underWay) return underWay
    const asked =
      request.kind === 'import' && request.deidentify === undefined
        ? { ...request, deidentify: await alwaysDeidentifies(this.library) }
        : request
    return this.runner.start(asked, jobTitle(this.library, asked))
  }

  /** @throws EmendError where this process runs no such job. */
  async cancelJob(jobId: string): Promise<JobRow> {
    const learning = this.activeLearning()
    // A process that has to be killed cannot say that it was told to stop; it must not go on by itself next time.
    const run = learning.length === 1 && learning[0].id === jobId ? unfinishedRun(this.library) : null
    if (run?.file.state === 'running') await saveRun(run, { state: 'cancelling' })
    return this.runner.cancel(jobId)
  }

  /** What the process of a cancelled job did itself, unless it was killed. */
  private endCancelledRun(): void {
    if (this.activeLearning().length > 0) return
    void settleRuns(this.library, true).catch((error: unknown) => console.error(oneLine(error)))
  }

  private segmenting(caseId: string): JobRow | undefined {
    return this.runner.list().find((job) => job.kind === 'segment' && job.caseId === caseId && job.finishedAt === null)
  }

  private activeLearning(): JobRow[] {
    return this.runner.list().filter(({ kind, finishedAt }) => kind === 'learn' && finishedAt === null)
  }

  /** Writes a case's current labels to a file. @throws EmendError where there are none, or the format does not fit. */
  async exportLabels(caseId: string, wanted: Export): Promise<void> {
    await exportLabels(this.library, caseId, wanted, schemaOf(this.library, getCase(this.library, caseId).schema))
  }

  /** A case's image: HU, RAS order, i fastest. */
  async imageVoxels(caseId: string): Promise<Int16Array> {
    return (await readCaseImage(this.library, caseId)).data
  }

  /** A revision's label ids, on the image's grid. */
  async labelVoxels(caseId: string, revision: string): Promise<Uint8Array> {
    return (await readRevision(this.library, caseId, revision)).data
  }

  /** The file of either, for the window to unpack; of the image where there is no revision. */
  packedVoxels(caseId: string, revision: string | null): Promise<PackedVoxels | null> {
    return revision === null ? packedImage(this.library, caseId) : packedLabels(this.library, caseId, revision)
  }

  /** How unsure the model was of what a revision goes back to; null where none was kept. */
  uncertainty(caseId: string, revision: string): Promise<Uint8Array | null> {
    return readUncertainty(this.library, caseId, revision)
  }

  /** Appends what a reader drew as a new revision (`addReaderLabels`). */
  async saveLabels(input: ReaderLabels): Promise<RevisionRow> {
    const { caseId } = input
    this.atWork()
    const stored = await addReaderLabels(this.library, input)
    this.tell('cases:changed', { caseIds: [caseId] })
    return revisionRow(stored)
  }

  /** What a reader did to a case since its current revision, edit by edit; null where all is saved. */
  unsavedEdits(caseId: string): Promise<Journal | null> {
    // The window asks for it when a reader opens the case, and never else.
    recordView(this.library, caseId)
    return readJournal(this.library, caseId)
  }

  addUnsavedEdits(caseId: string, parent: string | null, edits: readonly Uint8Array[]): Promise<void> {
    this.atWork()
    return appendJournal(this.library, caseId, parent, edits)
  }

  replaceUnsavedEdits(caseId: string, parent: string | null, edits: readonly Uint8Array[]): Promise<void> {
    return replaceJournal(this.library, caseId, { parent, edits })
  }

  /** Execution devices that work here, from memory or by a probe now. */
  devices(): Promise<readonly DeviceReport[]> {
    this.found ??= this.probe().catch((error: unknown) => {
      this.found = null
      throw error
    })
    return this.found
  }

  /** Ends all jobs and gives the library free. */
  close(): void {
    clearInterval(this.hourly)
    this.intake.close()
    this.runner.close()
    this.listeners.clear()
    this.library.close()
  }

  /** A reader does something: what runs in the background waits. */
  private atWork(): void {
    readerIsAtWork(this.library.root)
  }

  private tell<E extends EventName>(event: E, payload: EventPayload<E>): void {
    for (const listener of this.listeners) listener(event, payload)
  }
}
