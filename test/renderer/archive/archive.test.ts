import { describe, expect, it, vi } from 'vitest'
import { Archive } from '../../../src/renderer/archive/archive.svelte'
import { Jobs } from '../../../src/renderer/app/jobs.svelte'
import { Toasts } from '../../../src/renderer/app/toasts.svelte'
import type { ListedSeries, ServerList, ServerRow, StudyRow } from '../../../src/shared/archive'
import type { JobRow } from '../../../src/shared/jobs'
import type { EmendApi } from '../../../src/shared/windowApi'

const server = (id: string): ServerRow => ({
  id,
  name: id,
  endpoint: { protocol: 'dicomweb', url: `https://${id}.example`, auth: 'none', user: '' },
  hasSecret: false,
})
const list = (...ids: string[]): ServerList => ({ servers: ids.map(server), keepsSecrets: true })

const study = (studyUid: string): StudyRow => ({
  studyUid,
  patientName: 'Doe^Jane',
  patientId: '7',
  date: '2026-01-31',
  description: '',
  accessionNumber: '',
  modalities: ['CT'],
  series: 2,
  images: 10,
})

const series = (seriesUid: string, modality = 'CT', inLibrary = false): ListedSeries => ({
  studyUid: '1',
  seriesUid,
  number: 1,
  modality,
  description: '',
  images: 5,
  inLibrary,
})

const job = (state: JobRow['state']): JobRow => ({
  id: 'j1',
  kind: 'fetch',
  title: 'Fetch',
  caseId: null,
  state,
  progress: null,
  outcome: null,
  startedAt: '',
  finishedAt: null,
})

/** A main process that answers as told; `tell` says that a job changed. */
function window(answers: Partial<EmendApi>) {
  const listeners: ((row: JobRow) => void)[] = []
  const on = ((event: string, listener: (row: JobRow) => void) => {
    if (event === 'job:changed') listeners.push(listener)
    return () => undefined
  }) as EmendApi['on']
  const api = { on, ...answers } as EmendApi
  const toasts = new Toasts()
  const archive = new Archive(api, new Jobs(api), toasts)
  return { archive, toasts, tell: (row: JobRow) => listeners.forEach((listener) => listener(row)) }
}

describe('the archive’s place', () => {
  it('chooses the first server, and another where that one was removed', async () => {
    const { archive } = window({
      listServers: async () => list('a', 'b'),
      removeServer: async () => list('b'),
      saveServer: async () => list('b', 'c'),
    })
    await archive.load()
    expect(archive.server?.id).toBe('a')
    await archive.remove('a')
    expect(archive.server?.id).toBe('b')
    const { name, endpoint } = server('c')
    await archive.save({ id: null, name, endpoint })
    expect(archive.server?.id).toBe('c')
  })

  it('says why the servers are not known', async () => {
    const { archive } = window({ listServers: () => Promise.reject(new Error('servers.json is damaged')) })
    await archive.load()
    expect(archive.listFailure).toBe('servers.json is damaged')
  })

  it('searches, says why it could not, and shows the next page behind the first', async () => {
    const searchArchive = vi
      .fn<EmendApi['searchArchive']>()
      .mockRejectedValueOnce(new Error('a: refuses the connection'))
      .mockResolvedValueOnce({ studies: [study('1'), study('2')], more: true })
      .mockResolvedValueOnce({ studies: [study('2'), study('3')], more: true })
      .mockResolvedValueOnce({ studies: [study('3')], more: true })
    const { archive } = window({ listServers: async () => list('a'), searchArchive })
    await archive.load()
    archive.query.patientName = 'Doe'
    await archive.search()
    expect(archive.found).toEqual({ state: 'failed', line: 'a: refuses the connection' })
    await archive.search()
    await archive.showMore()
    expect(archive.found).toMatchObject({ state: 'ready', more: true })
    expect(archive.found.state === 'ready' && archive.found.studies.map((s) => s.studyUid)).toEqual(['1', '2', '3'])
    await archive.showMore()
    // Nothing new came: an archive that ignores offsets has no end else.
    expect(archive.found).toMatchObject({ more: false })
    expect(searchArchive.mock.calls.map(([{ page, query }]) => [page.offset, query.patientName])).toEqual([
      [0, 'Doe'],
      [0, 'Doe'],
      [50, 'Doe'],
      [100, 'Doe'],
    ])
  })

  it('tries a page again that did not come, and pages through what was searched for, not what the form says now', async () => {
    const searchArchive = vi
      .fn<EmendApi['searchArchive']>()
      .mockResolvedValueOnce({ studies: [study('1')], more: true })
      .mockRejectedValueOnce(new Error('a: did not answer'))
      .mockResolvedValueOnce({ studies: [study('2')], more: true })
    const { archive } = window({ listServers: async () => list('a'), searchArchive })
    await archive.load()
    archive.query.patientName = 'Doe'
    await archive.search()
    archive.query.patientName = 'Roe'
    await archive.showMore()
    await archive.showMore()
    expect(archive.found.state === 'ready' && archive.found.studies.map((s) => s.studyUid)).toEqual(['1', '2'])
    expect(searchArchive.mock.calls.map(([{ page, query }]) => [page.offset, query.patientName])).toEqual([
      [0, 'Doe'],
      [50, 'Doe'],
      [50, 'Doe'],
    ])
  })

  it('shows only the answer to the last search, and nothing of a server that is no longer chosen', async () => {
    const waiting: ((found: { studies: StudyRow[]; more: boolean }) => void)[] = []
    const { archive } = window({
      listServers: async () => list('a', 'b'),
      searchArchive: () => new Promise((resolve) => waiting.push(resolve)),
    })
    await archive.load()
    const [first, second] = [archive.search(), archive.search()]
    waiting[1]({ studies: [study('2')], more: false })
    waiting[0]({ studies: [study('1')], more: false })
    await Promise.all([first, second])
    expect(archive.found).toMatchObject({ studies: [{ studyUid: '2' }] })
    const third = archive.search()
    archive.choose('b')
    waiting[2]({ studies: [study('3')], more: false })
    await third
    expect(archive.found).toEqual({ state: 'none' })
  })

  it('imports the images of a study with their labels, and marks them until they are here', async () => {
    const fetchSeries = vi.fn<EmendApi['fetchSeries']>(async () => job('queued'))
    const { archive, tell } = window({
      listServers: async () => list('a'),
      listSeries: async () => [series('1.1'), series('1.2', 'SEG'), series('1.3', 'SR')],
      fetchSeries,
    })
    await archive.load()
    await archive.importStudy('1')
    expect(fetchSeries.mock.calls[0][0].series.map(({ seriesUid }) => seriesUid)).toEqual(['1.1', '1.2'])
    expect(archive.arrivals).toEqual({ '1.1': 'fetching', '1.2': 'fetching' })
    tell(job('running'))
    tell(job('done'))
    expect(archive.arrivals).toEqual({ '1.1': 'here', '1.2': 'here' })
    await archive.importStudy('1')
    expect(fetchSeries).toHaveBeenCalledTimes(1)
  })

  it('imports a study from the server that it was found on, though another is chosen meanwhile', async () => {
    const fetchSeries = vi.fn<EmendApi['fetchSeries']>(async () => job('queued'))
    let answer: (series: ListedSeries[]) => void = () => undefined
    const { archive } = window({
      listServers: async () => list('a', 'b'),
      listSeries: () => new Promise((resolve) => (answer = resolve)),
      fetchSeries,
    })
    await archive.load()
    const importing = archive.importStudy('1')
    archive.choose('b')
    answer([series('1.1')])
    await importing
    expect(fetchSeries.mock.calls.map(([{ serverId }]) => serverId)).toEqual(['a'])
  })

  it('offers again the series that did not come, and not those that did', async () => {
    const fetchSeries = vi.fn<EmendApi['fetchSeries']>(async () => job('queued'))
    const listSeries = vi
      .fn<EmendApi['listSeries']>()
      .mockResolvedValueOnce([series('1.1'), series('1.2')])
      .mockResolvedValueOnce([series('1.1', 'CT', true), series('1.2')])
    const { archive, tell } = window({ listServers: async () => list('a'), listSeries, fetchSeries })
    await archive.load()
    await archive.toggle('1')
    await archive.importStudy('1')
    tell({ ...job('done'), outcome: '1 case added, 1 series did not come (a: it has no such series)' })
    const arrivals = () => (archive.series['1'] as ListedSeries[]).map((row) => archive.arrivalOf(row))
    await vi.waitFor(() => expect(arrivals()).toEqual(['here', undefined]))
    await archive.importStudy('1')
    expect(fetchSeries.mock.calls.map(([request]) => request.series.map(({ seriesUid }) => seriesUid))).toEqual([
      ['1.1', '1.2'],
      ['1.2'],
    ])
  })

  it('shows what the library has already, and does not fetch it with its study', async () => {
    const fetchSeries = vi.fn<EmendApi['fetchSeries']>(async () => job('queued'))
    const listSeries = async () => [series('1.1', 'CT', true)]
    const { archive, toasts } = window({ listServers: async () => list('a'), listSeries, fetchSeries })
    await archive.load()
    await archive.importStudy('1')
    expect(fetchSeries).not.toHaveBeenCalled()
    expect(toasts.shown.at(-1)?.text).toBe('There is no image in this study that is not fetched already')
  })

  it('offers a series again where its job failed or did not start', async () => {
    const fetchSeries = vi.fn<EmendApi['fetchSeries']>(async () => job('queued'))
    const { archive, tell, toasts } = window({ listServers: async () => list('a'), fetchSeries })
    await archive.load()
    await archive.importSeries([series('1.1')])
    tell(job('failed'))
    expect(archive.arrivals).toEqual({})
    fetchSeries.mockRejectedValueOnce(new Error('there is no server a'))
    await archive.importSeries([series('1.1')])
    expect(archive.arrivals).toEqual({})
    expect(toasts.shown.at(-1)?.text).toBe('there is no server a')
  })
})
