import type {
  ListedSeries,
  Page,
  SeriesReference,
  ServerDraft,
  ServerList,
  StudyPage,
  StudyQuery,
} from '../../shared/archive'
import type { JobRow } from '../../shared/jobs'
import { getCase } from '../library/cases'
import type { Library } from '../library/library'
import { seriesHere } from '../library/seriesHere'
import { openArchive } from '../pacs/openArchive'
import type { OpenServer, Servers } from '../pacs/servers'
import type { JobRunner } from './runner'

/** Whoever waits for a search can look elsewhere meanwhile: an answer that nobody wants any more is dropped there. */
const unhurried = new AbortController().signal

/** The image archives that a workspace works with, with one method for each request of the contract. */
export class Archives {
  constructor(
    private readonly library: Library,
    private readonly runner: JobRunner,
    private readonly servers: Servers,
  ) {}

  list(): Promise<ServerList> {
    return this.servers.list()
  }

  save(draft: ServerDraft): Promise<ServerList> {
    return this.servers.save(draft)
  }

  remove(serverId: string): Promise<ServerList> {
    return this.servers.remove(serverId)
  }

  /** Tries a server as it would be once saved. @throws EmendError with the reason why it does not work. */
  async test(draft: ServerDraft): Promise<string> {
    const open = await this.servers.openDraft(draft)
    await openArchive(open).echo(unhurried)
    return `${draft.name} answers`
  }

  async search(input: { serverId: string; query: StudyQuery; page: Page }): Promise<StudyPage> {
    return openArchive(await this.servers.open(input.serverId)).findStudies(input.query, input.page, unhurried)
  }

  async series(input: { serverId: string; studyUid: string }): Promise<ListedSeries[]> {
    const archive = openArchive(await this.servers.open(input.serverId))
    const rows = await archive.findSeries(input.studyUid, unhurried)
    const here = seriesHere(
      this.library,
      rows.map(({ seriesUid }) => seriesUid),
    )
    return rows.map((row) => ({ ...row, inLibrary: here.has(row.seriesUid) }))
  }

  /** Queues a job that fetches series and imports them. */
  async fetch(input: { serverId: string; series: SeriesReference[] }): Promise<JobRow> {
    return this.startFetch(await this.servers.open(input.serverId), input.series)
  }

  /** Queues a job that stores a case's current labels as a DICOM SEG. */
  async send(input: { serverId: string; caseId: string }): Promise<JobRow> {
    return this.startSend(await this.servers.open(input.serverId), input.caseId)
  }

  /** As `fetch`, from a server that need not be in the list. */
  startFetch(from: OpenServer, series: readonly SeriesReference[]): JobRow {
    const title = `Fetch ${series.length} series from ${from.server.name}`
    return this.runner.start({ kind: 'fetch', from, series: [...series] }, title)
  }

  /** As `send`, to a server that need not be in the list. @throws EmendError where there is no such case. */
  startSend(to: OpenServer, caseId: string): JobRow {
    getCase(this.library, caseId)
    return this.runner.start({ kind: 'send', to, caseId }, `Send labels to ${to.server.name}`)
  }
}
