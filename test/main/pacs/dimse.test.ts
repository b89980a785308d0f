import type { DataSet } from 'dicom-parser'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { parseDicom } from '../../../src/main/imaging/dicom/attributes'
import { encodeSegmentation } from '../../../src/main/imaging/dicom/seg'
import { readImages } from '../../../src/main/imaging/import/readImages'
import { DicomwebArchive } from '../../../src/main/pacs/dicomweb'
import { DimseArchive } from '../../../src/main/pacs/dimse'
import { noQuery, type DimseEndpoint, type StudyQuery } from '../../../src/shared/archive'
import { schemaNamed } from '../../../src/shared/labels/builtin'
import { unwatched, type Progress } from '../../../src/shared/progress'
import { dataPath } from '../../data'
import { temporaryFolder } from '../../temporaryFolder'
import { freePort, hasOrthanc, startOrthanc, type Orthanc } from './orthanc'
import { twoPatients } from './studies'

const { signal } = unwatched
const first = { offset: 0, limit: 50 }

describe.skipIf(!hasOrthanc)('DIMSE with a real archive', () => {
  const { doe, roe } = twoPatients()
  let orthanc: Orthanc
  let endpoint: DimseEndpoint
  let archive: DimseArchive

  beforeAll(async () => {
    const receivePort = await freePort()
    orthanc = await startOrthanc({ peers: { emend: ['EMEND', '127.0.0.1', receivePort] } })
    endpoint = {
      protocol: 'dimse',
      host: '127.0.0.1',
      port: orthanc.dicomPort,
      calledAet: 'ORTHANC',
      callingAet: 'EMEND',
      receivePort,
    }
    archive = new DimseArchive('Orthanc', endpoint, 1)
    for (const { files } of [doe, roe]) {
      const report = await archive.store([...files.values()], unwatched)
      expect(report).toEqual({ stored: files.size, failures: [], warnings: [] })
    }
  })
  afterAll(() => orthanc?.stop())

  const namesOf = async (query: Partial<StudyQuery>): Promise<string[]> => {
    const { studies } = await archive.findStudies({ ...noQuery, ...query }, first, signal)
    return studies.map(({ patientName }) => patientName).sort()
  }

  it('answers an echo', () => archive.echo(signal))

  it('finds studies by each field', async () => {
    expect(await namesOf({})).toEqual(['Doe^Jane', 'Röe^Ærø'])
    expect(await namesOf({ patientName: 'doe' })).toEqual(['Doe^Jane'])
    expect(await namesOf({ patientName: 'Röe' })).toEqual(['Röe^Ærø'])
    expect(await namesOf({ patientId: 'P 1+2' })).toEqual(['Doe^Jane'])
    expect(await namesOf({ description: 'portal' })).toEqual(['Doe^Jane'])
    expect(await namesOf({ modality: 'MR' })).toEqual([])
    expect(await namesOf({ to: '2025-12-31' })).toEqual(['Röe^Ærø'])
  })

  it('tells of studies and series what DICOMweb tells of them', async () => {
    const web = new DicomwebArchive('Orthanc', { protocol: 'dicomweb', url: orthanc.url, auth: 'none', user: '' }, null)
    const query = { ...noQuery, patientName: 'doe' }
    expect(await archive.findStudies(query, first, signal)).toEqual(await web.findStudies(query, first, signal))
    expect(await archive.findSeries(doe.studyUid, signal)).toEqual(await web.findSeries(doe.studyUid, signal))
  })

  it('gives studies page by page', async () => {
    const found = new Set<string>()
    for (let offset = 0; ; offset++) {
      const { studies, more } = await archive.findStudies(noQuery, { offset, limit: 1 }, signal)
      for (const { studyUid } of studies) found.add(studyUid)
      if (!more) break
    }
    expect(found.size).toBe(2)
  })

  it('fetches a series as files that are read as the volume that was sent', async () => {
    const folder = temporaryFolder()
    const seen: Progress[] = []
    const fetched = await archive.fetchSeries(doe, folder, { report: (progress) => seen.push(progress), signal })
    expect(fetched.paths).toHaveLength(9)
    expect(readdirSync(folder).every((name) => /^\d{6}\.dcm$/.test(name))).toBe(true)
    expect(seen.at(-1)).toMatchObject({ phase: 'fetching', done: 9, total: 9 })
    const { volumes } = await readImages([folder])
    expect(volumes[0].volume.data).toEqual(doe.volume.data)
  })

  const compressed = ['CT1_JLSL', 'CT2_J2KR', 'CT1_RLE']
  it.skipIf(!dataPath('awkward')).each(compressed)('brings %s as it is stored, not decoded', async (name) => {
    const bytes = readFileSync(dataPath('awkward', 'transfer-syntaxes', 'WG04_CT', name)!)
    expect(await archive.store([bytes], unwatched)).toMatchObject({ stored: 1, failures: [] })
    const { dataSet } = parseDicom(bytes, name, 'pixels')
    const [studyUid, seriesUid] = ['x0020000d', 'x0020000e'].map((tag) => dataSet.string(tag) ?? '')
    const { paths } = await archive.fetchSeries({ studyUid, seriesUid }, temporaryFolder(), unwatched)
    const syntaxes = paths.map((path) => parseDicom(readFileSync(path), path, 'pixels').dataSet.string('x00020010'))
    expect(syntaxes).toContain(dataSet.string('x00020010'))
    const read = async (path: string) => (await readImages([path])).volumes[0].volume.data
    const original = join(temporaryFolder(), 'original.dcm')
    writeFileSync(original, bytes)
    const volumes = await Promise.all(paths.map(read))
    expect(volumes).toContainEqual(await read(original))
  })

  it('stores a segmentation that comes back with the same masks', async () => {
    const folder = temporaryFolder()
    await archive.fetchSeries(doe, folder, unwatched)
    const [{ dicom, volume }] = (await readImages([folder])).volumes
    const labels = { ...volume, data: Uint8Array.from(volume.data, (hu) => (hu > 900 ? 1 : 0)) }
    const { title, ...liver } = schemaNamed('flare23').structures[0]
    const bytes = encodeSegmentation(dicom, labels, [{ ...liver, label: title, algorithmType: 'MANUAL' }])
    expect(await archive.store([bytes], unwatched)).toEqual({ stored: 1, failures: [], warnings: [] })
    const seg = (await archive.findSeries(doe.studyUid, signal)).find(({ modality }) => modality === 'SEG')
    const { paths } = await archive.fetchSeries(seg!, temporaryFolder(), unwatched)
    const [sent, back] = [bytes, readFileSync(paths[0])].map((file) => parseDicom(file, 'SEG').dataSet)
    // The archive writes lengths of sequences its own way: values are compared, not bytes of the file.
    for (const tag of ['x00080018', 'x00280008', 'x0020000e']) expect(back.string(tag)).toBe(sent.string(tag))
    const pixels = ({ byteArray, elements: { x7fe00010: element } }: DataSet): Buffer =>
      Buffer.from(byteArray.subarray(element.dataOffset, element.dataOffset + element.length))
    expect(pixels(back).equals(pixels(sent))).toBe(true)
  })

  it('stops where the reader cancels, and closes its port', async () => {
    const stop = new AbortController()
    const reason = new Error('enough')
    const report = ({ done }: Progress): void => void (done === 2 && stop.abort(reason))
    await expect(archive.fetchSeries(doe, temporaryFolder(), { signal: stop.signal, report })).rejects.toBe(reason)
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(endpoint.receivePort, '127.0.0.1', resolve))
    await new Promise((resolve) => server.close(resolve))
  })

  it('says so where the archive has no such series, does not know us, or the port is taken', async () => {
    const nowhere = { studyUid: doe.studyUid, seriesUid: '1.2.3' }
    await expect(archive.fetchSeries(nowhere, temporaryFolder(), unwatched)).rejects.toThrow('no such series')
    const stranger = new DimseArchive('Orthanc', { ...endpoint, callingAet: 'STRANGER' }, 1)
    await expect(stranger.fetchSeries(doe, temporaryFolder(), unwatched)).rejects.toThrow(
      'Orthanc: it does not send to STRANGER',
    )
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(endpoint.receivePort, '127.0.0.1', resolve))
    onTestFinished(() => new Promise((resolve) => void server.close(() => resolve())))
    await expect(archive.fetchSeries(doe, temporaryFolder(), unwatched)).rejects.toThrow(
      'cannot be opened (EADDRINUSE)',
    )
  })

  it('says so where there is no archive, or something else', async () => {
    const gone = new DimseArchive('Gone', { ...endpoint, port: await freePort() })
    await expect(gone.echo(signal)).rejects.toThrow(/^Gone: 127\.0\.0\.1:\d+ refuses the connection$/)
    const server = createServer((socket) => socket.destroy())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => new Promise((resolve) => void server.close(() => resolve())))
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    await expect(new DimseArchive('Rude', { ...endpoint, port }).echo(signal)).rejects.toThrow(/^Rude: /)
  })
})
