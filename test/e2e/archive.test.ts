import { join } from 'node:path'
import type { Locator } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeCtSeries } from '../../src/main/imaging/dicom/ctSeries'
import { openWorkspace } from '../../src/main/jobs/workspace'
import { recordAudit } from '../../src/main/library/audit'
import { DicomwebArchive } from '../../src/main/pacs/dicomweb'
import { noQuery } from '../../src/shared/archive'
import { unwatched } from '../../src/shared/progress'
import { freePort, hasOrthanc, startOrthanc, type Orthanc } from '../main/pacs/orthanc'
import { makeScratch, startEmend } from './emend'
import type { Emend, Scratch } from './emend'
import { phantomOf } from './phantoms'

/** A study comes from a real archive into the window, and its labels go back. */
describe.skipIf(!hasOrthanc)('the archive place', () => {
  let scratch: Scratch
  let emend: Emend
  let orthanc: Orthanc
  let archive: DicomwebArchive

  const the = (testid: string): Locator => emend.page.getByTestId(testid)
  const patience = { timeout: 300_000 }

  beforeAll(async () => {
    scratch = await makeScratch()
    const workspace = await openWorkspace(scratch.library, {
      sample: false,
      deviceFile: join(scratch.folder, 'devices'),
    })
    // So that the window does not make one meanwhile.
    recordAudit(workspace.library, 'sample', 'sample study', 'not in this test')
    workspace.close()
    orthanc = await startOrthanc({ users: { reader: 'geheim' } })
    archive = new DicomwebArchive(
      'Orthanc',
      { protocol: 'dicomweb', url: orthanc.url, auth: 'basic', user: 'reader' },
      'geheim',
    )
    const { image } = phantomOf('coarse')
    const slices = encodeCtSeries(image, {
      patientName: 'Doe^Jane',
      patientId: 'P80',
      studyDescription: 'CT abdomen',
      seriesDescription: 'Archived abdomen',
      uidSeed: 'archive place',
    })
    await archive.store(slices, unwatched)
    emend = await startEmend(scratch)
  })
  afterAll(async () => {
    await emend?.close()
    await orthanc?.stop()
    await scratch?.remove()
  })

  it('takes a server, tests it, and says why one does not answer', async () => {
    await the('place-archive').click()
    await emend.picture('archive-empty')
    await the('archive-add-first').click()
    await the('server-name').fill('Radiology')
    await the('server-url').fill(`http://127.0.0.1:${await freePort()}/dicom-web`)
    await the('server-auth-basic').click()
    await the('server-user').fill('reader')
    await the('server-secret').fill('geheim')
    await the('server-test').click()
    await the('server-result').waitFor(patience)
    expect(await the('server-result').innerText()).toMatch(/refuses the connection/)
    await the('server-url').fill(orthanc.url)
    await the('server-test').click()
    await expect.poll(() => the('server-result').innerText(), patience).not.toMatch(/refuses/)
    await emend.picture('archive-server')
    await the('server-save').click()
    await the('server-dialog').waitFor({ state: 'detached' })
  })

  it('finds a study by the name of its patient and imports it', async () => {
    await the('archive-name').fill('Doe*')
    await the('archive-search').click()
    await the('archive-study').waitFor(patience)
    await emend.picture('archive-found')
    await the('archive-import-study').click()
    await the('place-worklist').click()
    await the('case-row').filter({ hasText: 'Archived abdomen' }).waitFor(patience)
  })

  it('knows in a window that was loaded anew what the library has', async () => {
    await emend.page.reload()
    await the('place-archive').click()
    await the('archive-name').fill('Doe*')
    await the('archive-search').click()
    await the('archive-open-study').click()
    await the('archive-series').getByText('in the worklist').waitFor(patience)
    await emend.picture('archive-here')
    await the('place-worklist').click()
  })

  it('sends the labels back as a DICOM SEG', async () => {
    await the('case-row').filter({ hasText: 'Archived abdomen' }).getByTestId('open-case').click()
    await the('viewer-canvas').waitFor(patience)
    await the('segment').click()
    await the('segment').filter({ hasText: 'Segment again' }).waitFor(patience)
    await the('export').click()
    await the('export-send').click()
    await the('send-dialog').waitFor(patience)
    await emend.picture('archive-send')
    await the('send-confirm').click()
    const labels = async (): Promise<number> => {
      const query = { ...noQuery, patientId: 'P80', modality: 'SEG' }
      return (await archive.findStudies(query, { offset: 0, limit: 5 }, unwatched.signal)).studies.length
    }
    await expect.poll(labels, { timeout: 120_000, interval: 1_000 }).toBe(1)
  })

  it('went through all that without a complaint', () => {
    expect(emend.complaints).toEqual([])
  })
})
