import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasOrthanc, startOrthanc, type Orthanc } from '../pacs/orthanc'
import { makeSeries } from '../pacs/studies'
import { startEmend, type Ended } from './emend'

const series = makeSeries('command line', 6, { patientName: 'Doe^Jane' })
const root = mkdtempSync(join(tmpdir(), 'emend-pacs-'))
let orthanc: Orthanc
afterAll(() => rmSync(root, { recursive: true, force: true }))

const pacs = async (...args: string[]): Promise<Ended> => {
  const env = { EMEND_PACS_SECRET: 'geheim', XDG_CONFIG_HOME: join(root, 'config') }
  return (await startEmend(['pacs', ...args], env)).ended
}
const archive = (): string[] => ['--url', orthanc.url, '--user', 'reader']

describe('emend pacs', () => {
  it('says what is missing', async () => {
    expect(await pacs('find')).toMatchObject({ status: 2, stderr: expect.stringContaining('--server or --url') })
    expect(await pacs('find', '--url', 'ftp://x')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('ftp://x'),
    })
    expect(await pacs('fetch')).toMatchObject({ status: 2, stderr: expect.stringContaining('STUDY is missing') })
    expect(await pacs('find', '--url', 'http://127.0.0.1:1', '--from', 'May')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--from'),
    })
    expect((await pacs('servers')).stdout).toBe('no servers\n')
  })
})

describe.skipIf(!hasOrthanc)('emend pacs with a real archive', () => {
  beforeAll(async () => {
    orthanc = await startOrthanc({ users: { reader: 'geheim' } })
  })
  afterAll(() => orthanc?.stop())

  it('sends files, finds the study and fetches it again, byte for byte', async () => {
    const paths = [...series.files.values()].map((bytes, n) => {
      const path = join(root, `${n}.dcm`)
      writeFileSync(path, bytes)
      return path
    })
    expect(await pacs('send', ...paths, ...archive())).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^6 stored/),
    })
    const found = JSON.parse((await pacs('find', '--name', 'doe', ...archive(), '--json')).stdout)
    expect(found).toMatchObject({ studies: [{ studyUid: series.studyUid, images: 6 }], more: false })
    expect((await pacs('find', '--study', series.studyUid, ...archive())).stdout).toContain(series.seriesUid)
    const out = join(root, 'fetched')
    expect(await pacs('fetch', series.studyUid, '--out', out, ...archive())).toMatchObject({ status: 0 })
    const came = readdirSync(out).map((name) => readFileSync(join(out, name)).toString('base64'))
    expect(new Set(came)).toEqual(new Set(paths.map((path) => readFileSync(path).toString('base64'))))
    const again = await pacs('fetch', series.studyUid, '--out', out, ...archive())
    expect(again).toMatchObject({ status: 1, stderr: expect.stringContaining('is not empty') })
  })

  it('fails with one line and status 1', async () => {
    const lost = await pacs('fetch', '1.2.3', '--out', join(root, 'lost'), ...archive())
    expect(lost).toMatchObject({ status: 1, stderr: expect.stringContaining('no study 1.2.3') })
    const text = join(root, 'text.dcm')
    writeFileSync(text, 'no image')
    expect(await pacs('send', text, ...archive())).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('is no DICOM file'),
    })
    expect((await pacs('test', '--url', orthanc.url)).stderr).toContain('(401)')
    expect((await pacs('test', ...archive())).stdout).toMatch(/answers$/m)
  })
})
