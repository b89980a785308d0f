import { readdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { forkLauncher } from '../../../src/main/jobs/launcher'
import { openWorkspace, type Workspace } from '../../../src/main/jobs/workspace'
import { listAudit } from '../../../src/main/library/audit'
import { DicomwebArchive } from '../../../src/main/pacs/dicomweb'
import { noQuery } from '../../../src/shared/archive'
import type { JobRow } from '../../../src/shared/jobs'
import { unwatched } from '../../../src/shared/progress'
import { bundle } from '../bundle'
import { temporaryFolder } from '../../temporaryFolder'
import { freePort, hasOrthanc, startOrthanc, type Orthanc } from '../pacs/orthanc'
import { makeSeries } from '../pacs/studies'

/** Fetching and sending through job processes, with a real archive. */

const page = { offset: 0, limit: 10 }
const first = makeSeries('jobs', 9, { patientName: 'Doe^Jane', seriesDescription: 'Portal' })
const second = makeSeries('jobs too', 5)
let worker: string
let orthanc: Orthanc
let receivePort: number

beforeAll(async () => {
  worker = await bundle('src/main/jobs/worker.ts')
  if (!hasOrthanc) return
  receivePort = await freePort()
  orthanc = await startOrthanc({
    users: { reader: 'geheim' },
    peers: { emend: ['EMEND', '127.0.0.1', receivePort] },
  })
  const endpoint = { protocol: 'dicomweb', url: orthanc.url, auth: 'basic', user: 'reader' } as const
  const archive = new DicomwebArchive('Orthanc', endpoint, 'geheim')
  for (const { files } of [first, second]) await archive.store([...files.values()], unwatched)
})
afterAll(async () => {
  rmSync(dirname(worker), { recursive: true, force: true })
  await orthanc?.stop()
})

async function workspaceWithServer(url = orthanc.url): Promise<{ workspace: Workspace; serverId: string }> {
  const root = temporaryFolder()
  const workspace = await openWorkspace(join(root, 'library'), {
    launch: forkLauncher(worker),
    user: 'reader',
    sample: false,
    models: join(root, 'none'),
    deviceFile: join(root, 'devices.json'),
    configFolder: join(root, 'config'),
  })
  onTestFinished(() => workspace.close())
  const { servers } = await workspace.archives.save({
    id: null,
    name: 'Orthanc',
    endpoint: { protocol: 'dicomweb', url, auth: 'basic', user: 'reader' },
    secret: 'geheim',
  })
  return { workspace, serverId: servers[0].id }
}

const ended = async (workspace: Workspace, job: Promise<JobRow>): Promise<JobRow> =>
  workspace.runner.ended((await job).id)

const leftovers = ({ library }: Workspace): string[] => readdirSync(library.root).filter((name) => name.startsWith('.'))

const reference = ({ studyUid, seriesUid }: typeof first) => ({ studyUid, seriesUid })

describe.skipIf(!hasOrthanc)('a workspace with an archive', () => {
  it('tries a server before it is saved, and searches one that is', async () => {
    const { workspace, serverId } = await workspaceWithServer()
    const [{ hasSecret: _kept, ...draft }] = (await workspace.archives.list()).servers
    expect(await workspace.archives.test(draft)).toBe('Orthanc answers')
    await expect(workspace.archives.test({ ...draft, secret: 'wrong' })).rejects.toThrow('(401)')
    const { studies } = await workspace.archives.search({ serverId, query: { ...noQuery, patientName: 'doe' }, page })
    expect(studies.map(({ studyUid }) => studyUid)).toEqual([first.studyUid])
    const series = await workspace.archives.series({ serverId, studyUid: first.studyUid })
    const portal = { seriesUid: first.seriesUid, description: 'Portal', images: 9 }
    expect(series).toMatchObject([{ ...portal, inLibrary: false }])
  })

  it('fetches series into the library by a job, and knows them when they come again', async () => {
    const { workspace, serverId } = await workspaceWithServer()
    const phases = new Set<string>()
    workspace.onEvent((event, payload) => {
      if (event === 'job:changed') phases.add((payload as JobRow).progress?.phase ?? '')
    })
    const series = [first, second].map(reference)
    const job = await ended(workspace, workspace.archives.fetch({ serverId, series }))
    expect(job).toMatchObject({ kind: 'fetch', state: 'done', outcome: '2 cases added', caseId: null })
    expect(job.title).toBe('Fetch 2 series from Orthanc')
    expect(phases).toContain('fetching series 1 of 2')
    expect(workspace.listCases().map(({ dims }) => dims)).toContainEqual([24, 20, 9])
    const again = await ended(workspace, workspace.archives.fetch({ serverId, series: [reference(first)] }))
    expect(again.outcome).toBe('0 cases added, 1 in the library already')
    expect(listAudit(workspace.library)[0]).toMatchObject({ action: 'fetch', outcome: '1 series from Orthanc' })
    expect(leftovers(workspace)).toEqual([])
    const listed = () => workspace.archives.series({ serverId, studyUid: first.studyUid })
    expect(await listed()).toMatchObject([{ seriesUid: first.seriesUid, inLibrary: true }])
    const imported = workspace.listCases().find(({ dims }) => dims[2] === 9)
    workspace.trash.remove(imported?.id ?? '')
    expect(await listed()).toMatchObject([{ seriesUid: first.seriesUid, inLibrary: false }])
  })

  it('imports what came where a series did not, and says so', async () => {
    const { workspace, serverId } = await workspaceWithServer()
    const series = [{ studyUid: first.studyUid, seriesUid: '1.2.3' }, reference(second)]
    const job = await ended(workspace, workspace.archives.fetch({ serverId, series }))
    expect(job.outcome).toBe('1 case added, 1 series did not come (Orthanc: it has no such series)')
  })

  it('sends a case’s labels, which the archive then has as a segmentation', async () => {
    const { workspace, serverId } = await workspaceWithServer()
    await ended(workspace, workspace.archives.fetch({ serverId, series: [reference(first)] }))
    const [{ id: caseId }] = workspace.listCases()
    const unlabelled = await ended(workspace, workspace.archives.send({ serverId, caseId }))
    expect(unlabelled).toMatchObject({ state: 'failed', outcome: expect.stringContaining('no labels to export') })
    const labels = new Uint8Array(24 * 20 * 9).fill(1, 500, 900)
    await workspace.saveLabels({ caseId, parent: null, statuses: {}, labels })
    const job = await ended(workspace, workspace.archives.send({ serverId, caseId }))
    expect(job).toMatchObject({ kind: 'send', state: 'done', caseId, outcome: 'the labels are in Orthanc' })
    const series = await workspace.archives.series({ serverId, studyUid: first.studyUid })
    expect(series.map(({ modality }) => modality).sort()).toEqual(['CT', 'SEG'])
    expect(listAudit(workspace.library)[0]).toMatchObject({ action: 'send', subject: caseId })

    const elsewhere = await workspaceWithServer()
    const both = series.map(({ studyUid, seriesUid }) => ({ studyUid, seriesUid }))
    await ended(elsewhere.workspace, elsewhere.workspace.archives.fetch({ serverId: elsewhere.serverId, series: both }))
    const [row] = elsewhere.workspace.listCases()
    const back = await elsewhere.workspace.labelVoxels(row.id, row.revision ?? '')
    expect(back).toEqual(labels)
  })

  it('fetches from an archive that speaks DIMSE only', async () => {
    const { workspace } = await workspaceWithServer()
    const { servers } = await workspace.archives.save({
      id: null,
      name: 'By DIMSE',
      endpoint: {
        protocol: 'dimse',
        host: '127.0.0.1',
        port: orthanc.dicomPort,
        calledAet: 'ORTHANC',
        callingAet: 'EMEND',
        receivePort,
      },
    })
    const serverId = servers[1].id
    const job = await ended(workspace, workspace.archives.fetch({ serverId, series: [reference(second)] }))
    expect(job).toMatchObject({ state: 'done', outcome: '1 case added' })
  })

  it('fails in one line where the archive is gone, and keeps no secret in the library', async () => {
    const { workspace, serverId } = await workspaceWithServer(`http://127.0.0.1:${await freePort()}/dicom-web`)
    const job = await ended(workspace, workspace.archives.fetch({ serverId, series: [reference(first)] }))
    expect(job).toMatchObject({
      state: 'failed',
      outcome: expect.stringMatching(/^Orthanc: .* refuses the connection/),
    })
    expect(JSON.stringify(workspace.listJobs())).not.toContain('geheim')
    await expect(workspace.archives.fetch({ serverId: 'gone', series: [reference(first)] })).rejects.toThrow(
      'no server',
    )
  })
})
