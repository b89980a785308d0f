import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseDicom } from '../../../src/main/imaging/dicom/attributes'
import { encodeSegmentation } from '../../../src/main/imaging/dicom/seg'
import { readImages } from '../../../src/main/imaging/import/readImages'
import { DicomwebArchive } from '../../../src/main/pacs/dicomweb'
import { sopInstanceUidOf } from '../../../src/main/pacs/instanceFiles'
import { noQuery } from '../../../src/shared/archive'
import type { StudyQuery } from '../../../src/shared/archive'
import { schemaNamed } from '../../../src/shared/labels/builtin'
import { unwatched, type Progress } from '../../../src/shared/progress'
import { dataPath } from '../../data'
import { temporaryFolder } from '../../temporaryFolder'
import { hasOrthanc, startOrthanc, type Orthanc } from './orthanc'
import { makeSeries, twoPatients } from './studies'

const { signal } = unwatched
const first = { offset: 0, limit: 50 }

describe.skipIf(!hasOrthanc)('DICOMweb with a real archive', () => {
  const { doe, roe } = twoPatients()
  let orthanc: Orthanc
  let archive: DicomwebArchive

  beforeAll(async () => {
    orthanc = await startOrthanc({ users: { reader: 'gehéim: 1' } })
    archive = archiveAs('gehéim: 1')
    for (const { files } of [doe, roe]) {
      const report = await archive.store([...files.values()], unwatched)
      expect(report).toEqual({ stored: files.size, failures: [], warnings: [] })
    }
  })
  afterAll(() => orthanc?.stop())

  function archiveAs(secret: string | null): DicomwebArchive {
    const endpoint = {
      protocol: 'dicomweb',
      url: orthanc.url,
      auth: secret === null ? 'none' : 'basic',
      user: 'reader',
    } as const
    return new DicomwebArchive('Orthanc', endpoint, secret, { pauseMs: 1 })
  }

  const namesOf = async (query: Partial<StudyQuery>): Promise<string[]> => {
    const { studies } = await archive.findStudies({ ...noQuery, ...query }, first, signal)
    return studies.map(({ patientName }) => patientName).sort()
  }

  it('answers an echo, and says what is wrong where the password is', async () => {
    await archive.echo(signal)
    await expect(archiveAs('wrong').echo(signal)).rejects.toThrow('Orthanc: it does not accept the user and password')
    await expect(archiveAs(null).echo(signal)).rejects.toThrow('(401)')
  })

  it('finds studies by each field, with wildcards and in any script', async () => {
    expect(await namesOf({})).toEqual(['Doe^Jane', 'Röe^Ærø'])
    expect(await namesOf({ patientName: 'doe' })).toEqual(['Doe^Jane'])
    expect(await namesOf({ patientName: '*jane' })).toEqual(['Doe^Jane'])
    expect(await namesOf({ patientName: 'Röe' })).toEqual(['Röe^Ærø'])
    expect(await namesOf({ patientId: 'P 1+2' })).toEqual(['Doe^Jane'])
    expect(await namesOf({ patientId: 'P' })).toEqual([])
    expect(await namesOf({ description: 'portal' })).toEqual(['Doe^Jane'])
    expect(await namesOf({ modality: 'MR' })).toEqual([])
    expect(await namesOf({ modality: 'CT' })).toHaveLength(2)
    expect(await namesOf({ from: '2026-01-01' })).toEqual(['Doe^Jane'])
    expect(await namesOf({ to: '2025-12-31' })).toEqual(['Röe^Ærø'])
    expect(await namesOf({ from: '2025-12-24', to: '2025-12-24' })).toEqual(['Röe^Ærø'])
    expect(await namesOf({ from: '2024-01-01', to: '2024-12-31' })).toEqual([])
  })

  it('tells of a study what the archive knows, and of its series', async () => {
    const { studies } = await archive.findStudies({ ...noQuery, patientId: 'P 1+2' }, first, signal)
    expect(studies).toEqual([
      {
        studyUid: doe.studyUid,
        patientName: 'Doe^Jane',
        patientId: 'P 1+2',
        date: '2026-02-03',
        description: 'CT abdomen, portal',
        accessionNumber: '',
        modalities: ['CT'],
        series: 1,
        images: 9,
      },
    ])
    expect(await archive.findSeries(doe.studyUid, signal)).toEqual([
      {
        studyUid: doe.studyUid,
        seriesUid: doe.seriesUid,
        number: 1,
        modality: 'CT',
        description: 'CT abdomen',
        images: 9,
      },
    ])
  })

  it('gives studies page by page', async () => {
    const found = new Set<string>()
    for (let offset = 0; ; offset++) {
      const { studies, more } = await archive.findStudies(noQuery, { offset, limit: 1 }, signal)
      for (const { studyUid } of studies) found.add(studyUid)
      if (!more) break
    }
    expect([...found].sort()).toEqual([doe.studyUid, roe.studyUid].sort())
  })

  it('fetches a series as files that are read as the volume that was sent', async () => {
    const folder = temporaryFolder()
    const seen: Progress[] = []
    const fetched = await archive.fetchSeries(doe, folder, { report: (progress) => seen.push(progress), signal })
    expect(fetched.paths).toHaveLength(9)
    expect(fetched.retried).toBe(0)
    expect(fetched.bytes).toBe(fetched.paths.reduce((sum, path) => sum + readFileSync(path).length, 0))
    expect(readdirSync(folder).every((name) => /^\d{6}\.dcm$/.test(name))).toBe(true)
    expect(seen.map(({ done }) => done)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(seen.every(({ phase, total }) => phase === 'fetching' && total === 9)).toBe(true)
    const { volumes } = await readImages([folder])
    expect(volumes[0].volume.data).toEqual(doe.volume.data)
    expect(volumes[0].dicom?.identity.patientName).toBe('Doe^Jane')
  })

  it('says so where the archive has no such study or series', async () => {
    const nowhere = { studyUid: doe.studyUid, seriesUid: '1.2.3' }
    await expect(archive.fetchSeries(nowhere, temporaryFolder(), unwatched)).rejects.toThrow('no such series')
    expect(await archive.findSeries('1.2.3', signal)).toEqual([])
  })

  it('stops where the reader cancels, with the reader’s reason', async () => {
    const stop = new AbortController()
    const reason = new Error('enough')
    const work = {
      signal: stop.signal,
      report: ({ done }: Progress) => {
        if (done === 2) stop.abort(reason)
      },
    }
    await expect(archive.fetchSeries(doe, temporaryFolder(), work)).rejects.toBe(reason)
  })

  it('stores a segmentation that comes back as it was sent', async () => {
    const { volumes } = await readImages([await fetched(doe)])
    const [{ dicom, volume }] = volumes
    const labels = { ...volume, data: Uint8Array.from(volume.data, (hu) => (hu > 900 ? 1 : 0)) }
    const { title, ...liver } = schemaNamed('flare23').structures[0]
    const segment = { ...liver, label: title, algorithmType: 'MANUAL' } as const
    const bytes = encodeSegmentation(dicom, labels, [segment])
    expect(await archive.store([bytes], unwatched)).toMatchObject({ stored: 1, failures: [] })
    const series = await archive.findSeries(doe.studyUid, signal)
    const seg = series.find(({ modality }) => modality === 'SEG')
    const { paths } = await archive.fetchSeries(seg!, temporaryFolder(), unwatched)
    expect(paths.map((path) => sopInstanceUidOf(readFileSync(path)))).toEqual([sopInstanceUidOf(bytes)])
    expect(Buffer.compare(readFileSync(paths[0]), bytes)).toBe(0)
  })

  it('tells which instances were refused, and stores the others', async () => {
    const [good] = makeSeries('another one', 1).files.values()
    const [damaged] = makeSeries('a damaged one', 1).files.entries()
    const report = await archive.store([good, Uint8Array.from(damaged[1]).fill(0, 400)], unwatched)
    expect(report).toEqual({
      stored: 1,
      failures: [{ sopInstanceUid: damaged[0], reason: 'it refused what was sent (400)' }],
      warnings: [],
    })
  })

  async function fetched(series: { studyUid: string; seriesUid: string }): Promise<string> {
    const folder = temporaryFolder()
    await archive.fetchSeries(series, folder, unwatched)
    return folder
  }

  const compressed = ['CT1_JLSL', 'CT1_JPLL', 'CT1_RLE', 'CT2_J2KR', 'CT2_JLSN']
  it.skipIf(!dataPath('awkward')).each(compressed)('brings %s as it is stored, not decoded', async (name) => {
    const path = dataPath('awkward', 'transfer-syntaxes', 'WG04_CT', name)
    const bytes = readFileSync(path!)
    const { dataSet } = parseDicom(bytes, name, 'pixels')
    const [studyUid, seriesUid] = ['x0020000d', 'x0020000e'].map((tag) => dataSet.string(tag) ?? '')
    await archive.store([bytes], unwatched)
    const { paths } = await archive.fetchSeries({ studyUid, seriesUid }, temporaryFolder(), unwatched)
    const back = paths.map((path) => readFileSync(path))
    expect(back.filter((file) => file.equals(bytes))).toHaveLength(1)
  })
})
