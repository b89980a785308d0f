import type { ExportFormat } from '../../shared/contract'
import type { JobRow } from '../../shared/jobs'
import type { Vec3 } from '../../shared/geometry/affine'
import type { EmendApi } from '../../shared/windowApi'
import type { StructureLook } from '../../shared/labels/looks'
import type { NewStructure } from '../../shared/labels/siteStructures'
import type { ReviewStatus } from '../../shared/labels/status'
import type { Jobs } from '../app/jobs.svelte'
import type { Toasts } from '../app/toasts.svelte'
import { count } from '../../shared/count'
import { oneLine } from '../../shared/errors'
import { centreOf, overviewOf } from '../viewer/overview'
import { plannedGently } from '../editor/editPlan'
import { revisionTable } from '../editor/editTable'
import type { Command } from '../editor/history'
import type { ViewerState } from '../viewer/viewerState.svelte'
import { wholeRange } from '../viewer/windows'
import type { Cases } from '../worklist/cases.svelte'
import { arrivalOf, type Arrival } from './arrival'
import { CaseLog } from './caseLog.svelte'
import { DeedBench } from './deedBench.svelte'
import { EffectBench } from './effectBench.svelte'
import { Journal } from './journal'
import { OpenCase } from './openCase.svelte'
import { OutlineDraft } from './outlineDraft.svelte'
import { ProposalBench } from './proposalBench.svelte'
import { Rejection } from './rejection.svelte'
import { saveOnce } from './saving'
import { Tools } from './tools.svelte'
import { fetchCountedLabels, fetchImage, fetchLabels, type CountedLabels } from './voxels'

/** After this long without an edit, what is unsaved becomes a revision by itself. */
const idleSaveMs = 15_000

export type Opening =
  | { readonly state: 'none' }
  | { readonly state: 'loading'; readonly title: string }
  | { readonly state: 'open'; readonly case: OpenCase }
  | { readonly state: 'failed'; readonly caseId: string; readonly line: string }

/** Which case is open, and how it comes from and goes back to the library. */
export class Review {
  opening = $state.raw<Opening>({ state: 'none' })
  /** Of the image of the case that is being opened, in quarters from 0 to 1: what moves all the time takes from the opening. */
  arrived = $state(0)
  saving = $state(false)
  /** Whether the active structure is being named and coloured. */
  naming = $state(false)
  /** Whether a structure is being added to the schema. */
  adding = $state(false)
  readonly tools = new Tools()
  readonly bench = new EffectBench(this.tools)
  readonly deeds = new DeedBench(this.tools)
  readonly outline = new OutlineDraft(this.tools)
  readonly proposals = new ProposalBench(this.tools)
  readonly log: CaseLog
  readonly rejection: Rejection
  /** Told of what is about to be shown, so that it can be sent to the graphics card as it comes. */
  onvoxels: (dims: Vec3, image: Arrival<Int16Array>, labels: Arrival<CountedLabels>) => void = () => undefined
  private turn = 0
  /** Of the open case. */
  private journal: Journal | null = null
  /** Fulfilled when the last of the saves that were asked for has ended. */
  private saves: Promise<unknown> = Promise.resolve()
  private idle: ReturnType<typeof setTimeout> | undefined

  constructor(
    private readonly api: EmendApi,
    private readonly cases: Cases,
    private readonly jobs: Jobs,
    private readonly toasts: Toasts,
    readonly viewer: ViewerState,
  ) {
    this.log = new CaseLog(api, toasts)
    this.rejection = new Rejection(api)
    jobs.onEnd((job) => void this.jobEnded(job))
    api.on('cases:changed', ({ caseIds }) => void this.libraryChanged(caseIds))
  }

  get case(): OpenCase | null {
    return this.opening.state === 'open' ? this.opening.case : null
  }

  /** The segmentation that is being made for the open case. */
  get segmenting(): JobRow | null {
    return this.case ? this.jobs.activeOf('segment', this.case.id) : null
  }

  async open(caseId: string): Promise<void> {
    // Counted before the save that is waited for: the last choice is the one that opens.
    const turn = ++this.turn
    if (this.case?.id === caseId) return
    await this.leave()
    if (turn !== this.turn) return
    this.opening = { state: 'loading', title: this.cases.row(caseId)?.title ?? caseId }
    this.arrived = 0
    try {
      const [detail, { user }] = await Promise.all([this.api.caseDetail({ caseId }), this.api.appInfo()])
      const { dims } = detail.row
      const imageBytes = 2 * dims[0] * dims[1] * dims[2]
      const imageComing = arrivalOf((tell) =>
        fetchImage(caseId, dims, (piece) => {
          tell(piece)
          if (turn === this.turn) this.arrived = Math.floor((4 * (piece.at + piece.bytes.length)) / imageBytes) / 4
        }),
      )
      const labelsComing = arrivalOf((tell) => fetchCountedLabels(caseId, detail.row.revision, dims, tell))
      this.onvoxels(dims, imageComing, labelsComing)
      const journal = new Journal(caseId, (error) => this.toasts.fail(error))
      const coming = [imageComing.whole, labelsComing.whole, journal.read()] as const
      const [image, { labels, counts }, unsaved] = await Promise.all(coming)
      if (turn !== this.turn) return
      const beholder = { reader: user, colours: () => this.viewer.colours }
      const opened = new OpenCase(detail, image, labels, beholder, counts)
      this.keepJournal(opened, journal, unsaved)
      opened.onEdit((_box, settled) => settled && this.saveWhenIdle())
      this.viewer.reset(dims, detail.row.modality === 'CT' ? null : wholeRange(image))
      this.opening = { state: 'open', case: opened }
      this.lookAt(opened.active)
    } catch (error) {
      if (turn === this.turn) this.opening = { state: 'failed', caseId, line: oneLine(error) }
    }
  }

  /** Saves what is unsaved before the case goes out of sight. */
  async leave(): Promise<void> {
    this.case?.endStroke()
    this.bench.drop()
    this.proposals.putAway()
    await this.persist()
  }

  /** Adds a structure to the open case's schema and goes there. @returns why it cannot be, in one line; null where it is done */
  async addStructure(structure: NewStructure): Promise<string | null> {
    const opened = this.case
    if (!opened) return null
    const { turn } = this
    await this.leave()
    try {
      const name = await this.api.addStructure({ caseId: opened.id, structure })
      await this.cases.learnAnew(opened.detail.schema.name)
      if (turn !== this.turn) return null
      // The case is read anew: masks, colours and statuses go by the schema.
      this.close()
      await this.open(opened.id)
      this.case?.pick(name)
      return null
    } catch (error) {
      return oneLine(error)
    }
  }

  /** Shows no case any more; what is unsaved stays in its journal. */
  close(): void {
    this.turn += 1
    this.opening = { state: 'none' }
  }

  /** Makes a structure the active one and moves the planes to it. */
  pick(name: string): void {
    this.case?.pick(name)
    if (this.bench.active !== null) void this.bench.preview()
    this.lookAt(name)
  }

  /** Accepts the active structure and goes to the next. */
  acceptAndNext(): void {
    const opened = this.case
    if (!opened || this.undecided()) return
    const obstacle = opened.obstacle(opened.activeStructure, 'accepted')
    if (obstacle !== null) return this.toasts.say(obstacle)
    opened.accept()
    this.next(opened)
  }

  markAbsent(): void {
    const opened = this.case
    if (!opened || this.undecided()) return
    const obstacle = opened.obstacle(opened.activeStructure, 'absent')
    if (obstacle !== null) return this.toasts.say(obstacle)
    opened.setStatus(opened.active, 'absent')
    this.next(opened)
  }

  /** Says what a structure is; to reject it takes a reason, which is asked for where none is given. */
  setStatus(name: string, status: ReviewStatus, reason?: string): void {
    if (this.undecided()) return
    const opened = this.case
    const structure = opened?.structures.find((s) => s.name === name)
    if (!opened || !structure) return
    const obstacle = opened.obstacle(structure, status)
    if (obstacle !== null) return this.toasts.say(obstacle)
    if (status === opened.statusOf(name)) return
    if (status === 'rejected' && reason === undefined) return void this.rejection.ask(name)
    opened.setStatus(name, status, reason)
    void this.persist()
  }

  /** Names and colours a structure of the open case's library. Why it cannot be, in one line, else null. */
  setLook(name: string, look: StructureLook): string | null {
    const obstacle = this.case?.setLook(name, look) ?? null
    if (obstacle === null) void this.persist()
    return obstacle
  }

  /** What is shown but not kept is nothing to decide on; says so. */
  private undecided(): boolean {
    if (!this.case?.previewing) return false
    this.toasts.say('Keep the preview or drop it first, then decide')
    return true
  }

  undo(): void {
    this.case?.undo()
  }

  redo(): void {
    this.case?.redo()
  }

  /** The reader asks for it: says so when done. */
  async save(): Promise<void> {
    if (await this.persist()) this.toasts.say('Saved', { tone: 'good' })
  }

  /**
   * Brings the library up to date: changed voxels as a new revision, otherwise only the statuses that changed. Saves go
   * one after the other, each of the case that was open when it was asked for.
   * True where all is saved; a failure is shown and leaves everything unsaved as it was.
   */
  persist(): Promise<boolean> {
    const { case: opened, journal } = this
    if (!opened || !journal) return Promise.resolve(false)
    clearTimeout(this.idle)
    this.dropTried(opened)
    const save = this.saves.then(() => this.bringUpToDate(opened, journal))
    this.saves = save
    return save
  }

  private async bringUpToDate(opened: OpenCase, journal: Journal): Promise<boolean> {
    if (opened.saved) {
      // Done and undone again: nothing to save, and nothing to be done again when the case is next opened.
      if (journal.holdsEdits) journal.replace(opened.revision, [])
      return true
    }
    this.dropTried(opened)
    this.saving = true
    try {
      await saveOnce(this.api, this.cases, opened, journal)
    } catch (error) {
      this.toasts.fail(error)
      return false
    } finally {
      this.saving = false
    }
    return opened.saved || this.bringUpToDate(opened, journal)
  }

  /** What is only tried is not saved. */
  private dropTried(opened: OpenCase): void {
    if (this.case !== opened) return
    this.bench.drop()
    this.proposals.drop()
  }

  async segment(): Promise<void> {
    const opened = this.case
    if (!opened || this.segmenting || !(await this.persist())) return
    await this.toasts.attempt(() => this.jobs.start({ kind: 'segment', caseId: opened.id }))
  }

  async export(format: ExportFormat): Promise<void> {
    const opened = this.case
    if (!opened || !(await this.persist())) return
    await this.toasts.attempt(async () => {
      const path = await this.api.exportLabels({ caseId: opened.id, format })
      if (path !== null) this.toasts.wrote(path, this.api)
    })
  }

  /** Sends the labels, saved first, to an archive. */
  async send(serverId: string): Promise<void> {
    const opened = this.case
    if (!opened || !(await this.persist())) return
    await this.toasts.attempt(async () => {
      await this.api.sendLabels({ serverId, caseId: opened.id })
    })
  }

  private next(opened: OpenCase): void {
    if (opened.goToNext()) this.lookAt(opened.active)
    else this.toasts.say('Nothing is left to review in this case', { tone: 'good' })
    void this.persist()
  }

  private lookAt(name: string): void {
    const structure = this.case?.structures.find((s) => s.name === name)
    if (!this.case || !structure) return
    const { editor, dims, spacing } = this.case
    const centre =
      editor.counts[structure.id] > 0 ? centreOf(overviewOf(editor.data, dims, spacing), structure.id) : null
    if (centre) this.viewer.goTo(centre)
  }

  /** What an earlier session left unsaved is done again; from here on every step is on the disk at once. */
  private keepJournal(opened: OpenCase, journal: Journal, left: readonly Command[]): void {
    if (left.length > 0) {
      opened.restore(left)
      this.toasts.say(`${count(left.length, 'unsaved step')} of the last session restored`, { tone: 'good' })
      this.saveWhenIdle()
    }
    opened.onStep((steps) => {
      journal.add(opened.revision, steps)
      this.saveWhenIdle()
    })
    this.journal = journal
  }

  /** Whether something is being tried or worked out that a save would take out of the reader's hand. */
  private get isTrying(): boolean {
    const { bench, proposals } = this
    const marking = proposals.active || proposals.drawing !== null
    return bench.active !== null || marking || (this.case?.previewing ?? false) || (this.case?.editor.painting ?? false)
  }

  private saveWhenIdle(): void {
    clearTimeout(this.idle)
    this.idle = setTimeout(() => {
      if (this.isTrying) this.saveWhenIdle()
      else void this.persist()
    }, idleSaveMs)
  }

  private async jobEnded(job: JobRow): Promise<void> {
    if (job.kind === 'segment' && job.caseId === this.case?.id) await this.takeOver()
  }

  /** Somebody else (a job, another window) made a new revision of the open case. */
  private async libraryChanged(caseIds: readonly string[]): Promise<void> {
    const opened = this.case
    if (opened && caseIds.includes(opened.id) && !this.segmenting) await this.takeOver()
  }

  /** Shows what the library has now, where it is not what we have; unsaved edits of ours come first. */
  private async takeOver(): Promise<void> {
    const opened = this.case
    if (!opened) return
    await this.toasts.attempt(async () => {
      // A save changes what the library has: it ends first, and where another has begun all is looked at anew.
      const { saves } = this
      await saves
      const detail = await this.api.caseDetail({ caseId: opened.id })
      const { revision } = detail.row
      const isOver = (): boolean => this.case !== opened || revision === opened.revision
      if (isOver() || revision === null) return
      if (saves !== this.saves) return this.takeOver()
      if (!opened.saved) {
        this.toasts.say(
          'The library has newer labels of this case. Yours stay: saving hides the newer ones, which the history keeps',
        )
        return
      }
      const labels = await fetchLabels(opened.id, revision, opened.dims)
      if (isOver()) return
      opened.endStroke()
      if (saves !== this.saves || !opened.saved) return this.takeOver()
      opened.dropPreview()
      const isAsItWas = opened.watch()
      const { dims, mask } = opened.editor
      const edit = { dims, box: mask.box, said: { box: mask.box, voxels: labels }, is: mask, table: revisionTable([]) }
      const delta = await plannedGently(edit)
      if (isOver()) return
      if (saves !== this.saves || !isAsItWas()) return this.takeOver()
      const model = detail.revisions.find(({ id }) => id === revision)?.model
      opened.takeOver(detail, delta, model ? `Segmentation by ${model}` : 'New labels')
      // What was done and undone stands on the revision before: no step could be added to it.
      if (this.journal?.holdsEdits) this.journal.replace(revision, [])
      this.lookAt(opened.active)
    })
  }
}
