import { oneLine } from '../../shared/errors'
import {
  NOT_COME,
  noQuery,
  type ListedSeries,
  type SeriesReference,
  type ServerDraft,
  type ServerList,
  type StudyQuery,
  type StudyRow,
} from '../../shared/archive'
import type { JobRow } from '../../shared/jobs'
import type { EmendApi } from '../../shared/windowApi'
import type { Jobs } from '../app/jobs.svelte'
import type { Toasts } from '../app/toasts.svelte'
import { importable, withPage } from './archiveView'

/** What a search has come to. */
export type Found =
  | { readonly state: 'none' }
  | { readonly state: 'searching' }
  | { readonly state: 'failed'; readonly line: string }
  | {
      readonly state: 'ready'
      readonly studies: readonly StudyRow[]
      readonly more: boolean
      readonly growing: boolean
    }

/** The series of a study that was opened. */
export type StudySeries = 'loading' | { readonly failed: string } | readonly ListedSeries[]

/** How far a series is on its way into the library. */
export type Arrival = 'fetching' | 'here'

const PAGE = 50

const isListed = (series: StudySeries): series is readonly ListedSeries[] => Array.isArray(series)

/** The image archives, what is searched for in one of them and what was found. */
export class Archive {
  /** Null until they are known. */
  list = $state.raw<ServerList | null>(null)
  /** Why they are not known, in one line. */
  listFailure = $state.raw<string | null>(null)
  serverId = $state.raw<string | null>(null)
  query = $state<StudyQuery>({ ...noQuery })
  found = $state.raw<Found>({ state: 'none' })
  series = $state.raw<Readonly<Record<string, StudySeries>>>({})
  arrivals = $state.raw<Readonly<Record<string, Arrival>>>({})
  /** An answer to an earlier search is not shown. */
  private turn = 0
  /** Pages that were shown behind the first. */
  private pages = 0
  /** What was searched for; the form may say something else by now. */
  private searched: StudyQuery = noQuery
  /** Series by the job that fetches them. */
  private readonly underWay = new Map<string, readonly string[]>()

  constructor(
    private readonly api: EmendApi,
    jobs: Jobs,
    private readonly toasts: Toasts,
  ) {
    jobs.onEnd((job) => this.ended(job))
  }

  get servers(): ServerList['servers'] {
    return this.list?.servers ?? []
  }

  get server(): ServerList['servers'][number] | null {
    return this.servers.find(({ id }) => id === this.serverId) ?? null
  }

  async load(): Promise<void> {
    try {
      this.take(await this.api.listServers())
    } catch (error) {
      this.listFailure = oneLine(error)
    }
  }

  choose(serverId: string): void {
    if (serverId === this.serverId) return
    this.serverId = serverId
    this.forget()
  }

  /** Saves a server and chooses it. @throws Error with one line where it cannot be saved. */
  async save(draft: ServerDraft): Promise<void> {
    const known = new Set(this.servers.map(({ id }) => id))
    const list = await this.api.saveServer(draft)
    this.take(list)
    const saved = draft.id ?? list.servers.find(({ id }) => !known.has(id))?.id ?? null
    if (saved !== this.serverId) this.serverId = saved
    this.forget()
  }

  /** @throws Error with one line where it cannot be removed. */
  async remove(serverId: string): Promise<void> {
    this.take(await this.api.removeServer({ serverId }))
  }

  async search(): Promise<void> {
    const { serverId } = this
    if (serverId === null) return
    const turn = ++this.turn
    this.pages = 0
    this.found = { state: 'searching' }
    this.series = {}
    const query = { ...this.query }
    this.searched = query
    try {
      const { studies, more } = await this.api.searchArchive({ serverId, query, page: { offset: 0, limit: PAGE } })
      if (turn === this.turn) this.found = { state: 'ready', studies, more, growing: false }
    } catch (error) {
      if (turn === this.turn) this.found = { state: 'failed', line: oneLine(error) }
    }
  }

  /** The next page behind those that are shown. */
  async showMore(): Promise<void> {
    const { serverId, found, turn, searched: query } = this
    if (serverId === null || found.state !== 'ready' || found.growing) return
    this.found = { ...found, growing: true }
    try {
      const page = { offset: (this.pages + 1) * PAGE, limit: PAGE }
      const { studies, more } = await this.api.searchArchive({ serverId, query, page })
      if (turn !== this.turn) return
      this.pages += 1
      const all = withPage(found.studies, studies)
      this.found = { state: 'ready', studies: all, more: more && all.length > found.studies.length, growing: false }
    } catch (error) {
      this.toasts.fail(error)
      if (turn === this.turn) this.found = { ...found, growing: false }
    }
  }

  /** Shows or hides a study's series. */
  async toggle(studyUid: string): Promise<void> {
    if (!this.series[studyUid]) return void (await this.loadSeries(studyUid))
    const { [studyUid]: _shown, ...others } = this.series
    this.series = others
  }

  /** Fetches all series of a study that hold images, and what labels those. */
  async importStudy(studyUid: string): Promise<void> {
    // Until its series are known, another server may be chosen.
    const { serverId } = this
    const known = this.series[studyUid]
    const series = known && isListed(known) ? known : await this.loadSeries(studyUid)
    if (!series) return
    const wanted = importable(series.filter((row) => !this.arrivalOf(row)))
    if (wanted.length === 0) this.toasts.say('There is no image in this study that is not fetched already')
    else await this.importSeries(wanted, serverId)
  }

  /** @param serverId that of the server which the series were found on */
  async importSeries(rows: readonly SeriesReference[], serverId: string | null = this.serverId): Promise<void> {
    if (serverId === null) return
    const series = rows.map(({ studyUid, seriesUid }) => ({ studyUid, seriesUid }))
    const uids = series.map(({ seriesUid }) => seriesUid)
    this.mark(uids, 'fetching')
    try {
      const job = await this.api.fetchSeries({ serverId, series })
      this.underWay.set(job.id, uids)
    } catch (error) {
      this.mark(uids, null)
      this.toasts.fail(error)
    }
  }

  /** How far a series is: what this window fetches, else what the library says. */
  arrivalOf({ seriesUid, inLibrary }: ListedSeries): Arrival | undefined {
    return this.arrivals[seriesUid] ?? (inLibrary ? 'here' : undefined)
  }

  private async loadSeries(studyUid: string): Promise<readonly ListedSeries[] | null> {
    const { serverId, turn } = this
    if (serverId === null) return null
    this.put(studyUid, 'loading')
    try {
      const series = await this.api.listSeries({ serverId, studyUid })
      if (turn === this.turn) this.put(studyUid, series)
      return series
    } catch (error) {
      if (turn === this.turn) this.put(studyUid, { failed: oneLine(error) })
      return null
    }
  }

  private put(studyUid: string, series: StudySeries): void {
    this.series = { ...this.series, [studyUid]: series }
  }

  private ended(job: JobRow): void {
    const uids = this.underWay.get(job.id)
    if (!uids) return
    this.underWay.delete(job.id)
    const cameWhole = job.state === 'done' && !job.outcome?.includes(NOT_COME)
    this.mark(uids, cameWhole ? 'here' : null)
    // Which of them did not come the library knows.
    if (!cameWhole) void this.lookAgain(uids)
  }

  /** Asks anew for the series of the studies on show that some are of; where that fails, they stay as they were. */
  private async lookAgain(seriesUids: readonly string[]): Promise<void> {
    const { serverId, turn } = this
    if (serverId === null) return
    for (const [studyUid, series] of Object.entries(this.series)) {
      if (!isListed(series) || !series.some(({ seriesUid }) => seriesUids.includes(seriesUid))) continue
      const rows = await this.api.listSeries({ serverId, studyUid }).catch(() => series)
      if (turn === this.turn && this.series[studyUid]) this.put(studyUid, rows)
    }
  }

  private mark(seriesUids: readonly string[], arrival: Arrival | null): void {
    const others = Object.entries(this.arrivals).filter(([uid]) => !seriesUids.includes(uid))
    const marked = arrival === null ? [] : seriesUids.map((uid) => [uid, arrival] as const)
    this.arrivals = Object.fromEntries([...others, ...marked])
  }

  private take(list: ServerList): void {
    this.list = list
    this.listFailure = null
    if (!list.servers.some(({ id }) => id === this.serverId)) {
      this.serverId = list.servers[0]?.id ?? null
      this.forget()
    }
  }

  /** What was found elsewhere. */
  private forget(): void {
    this.turn += 1
    this.pages = 0
    this.found = { state: 'none' }
    this.series = {}
    this.arrivals = {}
  }
}
