import { getContext, setContext } from 'svelte'
import type { AppInfo, LibrarySettings } from '../../shared/contract'
import type { EmendApi } from '../../shared/windowApi'
import { Archive } from '../archive/archive.svelte'
import { Desk } from '../desk/desk.svelte'
import { Models } from '../learning/models.svelte'
import { Look } from '../look/look.svelte'
import { Review } from '../review/review.svelte'
import { Care } from '../site/care.svelte'
import { Schemas } from '../site/schemas.svelte'
import { Site } from '../site/site.svelte'
import type { Section } from '../site/siteView'
import { Trash } from '../site/trash.svelte'
import { Stage } from '../viewer/stage'
import { ViewerState } from '../viewer/viewerState.svelte'
import { Cases } from '../worklist/cases.svelte'
import { Worklist } from '../worklist/worklist.svelte'
import { Actions } from '../actions/actions'
import { jobEnding } from './jobEnding'
import { Jobs } from './jobs.svelte'
import { Panels } from './panels.svelte'
import type { Place } from './places'
import { Remembered } from './remembered.svelte'
import { Toasts } from './toasts.svelte'

/** Everything the window knows, each thing in its own place. */
export class App {
  place = $state<Place>('worklist')
  paletteOpen = $state(false)
  shortcutsOpen = $state(false)
  /** Whether the reader is asked which archive the open case's labels go to. */
  sendOpen = $state(false)
  info = $state.raw<AppInfo | null>(null)
  settings = $state.raw<LibrarySettings | null>(null)
  readonly toasts = new Toasts()
  readonly viewer = new ViewerState()
  readonly panels = new Panels()
  readonly jobs: Jobs
  readonly cases: Cases
  readonly models: Models
  readonly worklist: Worklist
  readonly archive: Archive
  readonly review: Review
  readonly look: Look
  readonly desk: Desk
  readonly site: Site
  readonly trash: Trash
  readonly schemas: Schemas
  readonly care: Care
  readonly actions: Actions
  readonly remembered: Remembered
  private madeStage: Stage | null = null

  constructor(readonly api: EmendApi) {
    this.jobs = new Jobs(api)
    this.cases = new Cases(api)
    this.models = new Models(api, this.jobs, this.toasts, this.cases)
    this.worklist = new Worklist(this.cases, this.models, this.jobs, this.toasts)
    this.archive = new Archive(api, this.jobs, this.toasts)
    this.review = new Review(api, this.cases, this.jobs, this.toasts, this.viewer)
    this.review.onvoxels = (dims, image, labels) => {
      // Whoever awaits them says what is wrong with them.
      void this.stage().adapter.then(
        (adapter) => adapter.prepare(dims, image, labels),
        () => undefined,
      )
      for (const { whole } of [image, labels]) whole.catch(() => undefined)
    }
    this.look = new Look(this.review, api, this.toasts)
    this.desk = new Desk(
      api,
      this.cases,
      this.toasts,
      (caseId, structure) => this.showCase(caseId, structure),
      ({ id, revision, statuses }) => {
        const opened = this.review.case
        if (opened?.id === id && opened.revision === revision) opened.adopt(statuses)
      },
    )
    this.site = new Site(api, this.toasts)
    this.trash = new Trash(api, this.toasts, this.review)
    this.schemas = new Schemas(api, this.toasts, this.cases, this.review)
    this.care = new Care(api, this.jobs, this.toasts)
    this.actions = new Actions(this)
    this.remembered = new Remembered(this)
    this.jobs.onEnd((job) => {
      const ending = jobEnding(job)
      const { passedOver = [] } = job
      const show = {
        text: 'Show in the worklist',
        run: (): void => this.showCases(passedOver.map((one) => one.caseId)),
      }
      if (ending) this.toasts.say(ending.text, { tone: ending.tone, action: passedOver.length > 0 ? show : undefined })
      if (job.kind === 'import' || job.kind === 'fetch' || job.kind === 'care') void this.cases.load()
      if (job.kind === 'learn') void this.models.load()
    })
  }

  async start(): Promise<void> {
    const settled = await Promise.allSettled([
      this.api.appInfo().then((info) => (this.info = info)),
      this.api.settings().then((settings) => (this.settings = settings)),
      this.cases.load(),
      this.jobs.load(),
      this.models.load(),
      this.remembered.start(),
    ])
    // The graphics card's programs are made while the reader reads the worklist, not when the first case opens.
    requestIdleCallback(() => void this.stage().adapter.catch(() => undefined), { timeout: 3000 })
    settled.forEach((result) => result.status === 'rejected' && this.toasts.fail(result.reason))
  }

  /** The one stage that images are shown on; made when first asked for. */
  stage(): Stage {
    this.madeStage ??= new Stage()
    return this.madeStage
  }

  goTo(place: Place): void {
    if (this.place === 'review' && place !== 'review') void this.review.leave()
    if (place === 'learning') void this.models.loadPlan()
    if (place === 'archive') void this.archive.load()
    if (place === 'site') void this.site.load()
    this.place = place
  }

  /** Shows what a site looks at. */
  showSite(section: Section): void {
    this.site.section = section
    this.goTo('site')
  }

  /** Shows some cases in the worklist, and no others. */
  showCases(caseIds: readonly string[]): void {
    this.goTo('worklist')
    this.worklist.showOnly(caseIds)
  }

  /** Asks which archive the open case's labels go to. */
  askWhereToSend(): void {
    this.sendOpen = true
    void this.archive.load()
  }

  /** Opens a case in the viewer, at a structure where one is named. */
  openCase(caseId: string): void {
    void this.showCase(caseId, null)
  }

  /** @returns whether the case is the one that is open in the end */
  private async showCase(caseId: string, structure: string | null): Promise<boolean> {
    const { review, desk } = this
    this.place = 'review'
    desk.sitting.show(caseId)
    await review.open(caseId)
    const { opening } = review
    const isOpen = review.case?.id === caseId
    if (isOpen || (opening.state === 'failed' && opening.caseId === caseId)) desk.sitting.ended(caseId, isOpen)
    if (structure !== null && isOpen) review.pick(structure)
    return isOpen
  }

  async changeSettings(settings: LibrarySettings): Promise<void> {
    try {
      this.settings = await this.api.changeSettings(settings)
    } catch (error) {
      this.toasts.fail(error)
    }
  }

  async import(what: 'files' | 'folder'): Promise<void> {
    try {
      await this.importPaths(await this.api.chooseCases({ what }))
    } catch (error) {
      this.toasts.fail(error)
    }
  }

  async importPaths(paths: readonly string[]): Promise<void> {
    if (paths.length === 0) return
    try {
      await this.jobs.start({ kind: 'import', paths: [...paths] })
      this.goTo('worklist')
    } catch (error) {
      this.toasts.fail(error)
    }
  }
}

const key = Symbol('app')

export function provideApp(app: App): void {
  setContext(key, app)
}

export function useApp(): App {
  return getContext<App>(key)
}
