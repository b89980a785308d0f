import { setTimeout as pause } from 'node:timers/promises'
import type { requests, responses } from 'dcmjs-dimse'
import * as v from 'valibot'
import {
  Uid,
  type DimseEndpoint,
  type Page,
  type SeriesReference,
  type SeriesRow,
  type StudyPage,
  type StudyQuery,
} from '../../shared/archive'
import type { Work } from '../../shared/progress'
import type { Archive, FetchedSeries, StoreRemark, StoreReport } from './archive'
import { exchange, type Exchange } from './dimseExchange'
import { loadDimse } from './dimseLibrary'
import { openReceiver } from './dimseReceiver'
import { seriesOf, studyOf, textOf, type Elements } from './dimseElements'
import { ArchiveFault } from './fault'
import { arrivals, InstanceFiles } from './instanceFiles'
import { splitFile } from './partTen'
import { matchOf } from './query'
import { reasonOf } from './storeAnswer'

const MOVE_DESTINATION_UNKNOWN = 0xa801

/** A missing instance is asked for so often. */
const TRIES = 3
/** The archive may look for what it sends for so long without a word, ms. */
const MOVE_PATIENCE_MS = 600_000

/**
 * An archive that speaks DIMSE: C-ECHO, C-FIND (study root), C-MOVE to a port of ours, C-STORE (PS3.4 annexes A, B, C).
 * The archive has to know us: our AE title with this machine's address and the port.
 */
export class DimseArchive implements Archive {
  constructor(
    private readonly name: string,
    private readonly endpoint: DimseEndpoint,
    private readonly pauseMs = 500,
  ) {}

  async echo(signal: AbortSignal): Promise<void> {
    const { requests } = await loadDimse()
    const statuses: number[] = []
    await this.exchange([new requests.CEchoRequest()], signal, (response) => void statuses.push(response.getStatus()))
    if (statuses[0] !== 0) throw new ArchiveFault(`${this.name}: it does not answer an echo`)
  }

  /** DIMSE knows no pages: what comes before the page is left out here, and what comes behind it is called off. */
  async findStudies(query: StudyQuery, { offset, limit }: Page, signal: AbortSignal): Promise<StudyPage> {
    const { patientName, patientId, studyDate, modality, description } = matchOf(query)
    const found = await this.find(
      'Study',
      {
        PatientName: patientName,
        PatientID: patientId,
        StudyDate: studyDate,
        ModalitiesInStudy: modality,
        StudyDescription: description,
        StudyInstanceUID: '',
        AccessionNumber: '',
        NumberOfStudyRelatedSeries: '',
        NumberOfStudyRelatedInstances: '',
      },
      signal,
      offset + limit + 1,
    )
    const studies = found.slice(offset, offset + limit).map(studyOf)
    return { studies: studies.filter((study) => study !== null), more: found.length > offset + limit }
  }

  async findSeries(studyUid: string, signal: AbortSignal): Promise<SeriesRow[]> {
    const found = await this.find(
      'Series',
      {
        StudyInstanceUID: studyUid,
        SeriesInstanceUID: '',
        SeriesNumber: '',
        Modality: '',
        SeriesDescription: '',
        NumberOfSeriesRelatedInstances: '',
      },
      signal,
    )
    const series = found.map((elements) => seriesOf(elements, studyUid)).filter((row) => row !== null)
    return series.sort((a, b) => (a.number ?? Infinity) - (b.number ?? Infinity))
  }

  async fetchSeries({ studyUid, seriesUid }: SeriesReference, folder: string, work: Work): Promise<FetchedSeries> {
    const { signal } = work
    const library = await loadDimse()
    const expected = await this.instanceUids({ studyUid, seriesUid }, signal)
    if (expected.size === 0) throw new ArchiveFault(`${this.name}: it has no such series`)
    const files = new InstanceFiles(folder)
    const report = arrivals(work, expected.size, files)
    report()
    const { CMoveRequest } = library.requests
    const aet = this.endpoint.callingAet
    const receiver = await openReceiver(library, this.endpoint, { studyUid, seriesUid }, files, report)
    try {
      const status = await this.move(CMoveRequest.createSeriesMoveRequest(aet, studyUid, seriesUid), signal)
      if (files.paths.size === 0 && isFailure(status)) throw this.moveFault(status)
      const missing = [...expected].filter((uid) => !files.paths.has(uid))
      for (const uid of missing) {
        for (let attempt = 1; !files.paths.has(uid) && attempt <= TRIES; attempt++) {
          await pause(this.pauseMs, undefined, { signal }).catch(() => signal.throwIfAborted())
          await this.move(CMoveRequest.createImageMoveRequest(aet, studyUid, seriesUid, uid), signal)
        }
        if (!files.paths.has(uid)) throw new ArchiveFault(`${this.name}: an image of the series does not come`)
      }
      return { paths: [...files.paths.values()], retried: missing.length, bytes: files.bytes }
    } finally {
      await receiver.close()
    }
  }

  /** Files go as they are where the archive takes their transfer syntax; uncompressed ones in another, else. */
  async store(instances: readonly Uint8Array[], work: Work): Promise<StoreReport> {
    const failures: StoreRemark[] = []
    const warnings: StoreRemark[] = []
    let stored = 0
    for (const [done, instance] of instances.entries()) {
      work.signal.throwIfAborted()
      work.report({ phase: 'sending', done, total: instances.length })
      const { sopInstanceUid, status } = await this.storeOne(instance, work.signal)
      if (status === null) failures.push({ sopInstanceUid, reason: 'it takes no such object, or not in this encoding' })
      else if (isFailure(status)) failures.push({ sopInstanceUid, reason: reasonOf(status) })
      else {
        stored += 1
        if (status !== 0) warnings.push({ sopInstanceUid, reason: reasonOf(status) })
      }
    }
    work.report({ phase: 'sending', done: instances.length, total: instances.length })
    return { stored, failures, warnings }
  }

  private async storeOne(
    instance: Uint8Array,
    signal: AbortSignal,
  ): Promise<{ sopInstanceUid: string; status: number | null }> {
    const { Dataset, requests } = await loadDimse()
    const { meta, dataSet } = splitFile(instance)
    /** Bytes that are there already are not encoded anew. */
    class AsStored extends Dataset {
      override getDenaturalizedDataset(): Buffer {
        return Buffer.from(dataSet)
      }
    }
    const request = new requests.CStoreRequest(new AsStored(Buffer.from(dataSet), meta.transferSyntax))
    let status: number | null = null
    await this.exchange([request], signal, (response) => (status = response.getStatus()))
    return { sopInstanceUid: meta.sopInstanceUid, status }
  }

  /** Has the archive send to us; returns the status at the end. */
  private async move(request: requests.CMoveRequest, signal: AbortSignal): Promise<number> {
    let status = 0
    const follow = (response: responses.Response): void => void (status = response.getStatus())
    await this.exchange([request], signal, follow, { patienceMs: MOVE_PATIENCE_MS })
    return status
  }

  private moveFault(status: number): ArchiveFault {
    const { callingAet, receivePort } = this.endpoint
    const why = status === MOVE_DESTINATION_UNKNOWN ? 'it knows no such address' : reasonOf(status)
    return new ArchiveFault(`${this.name}: it does not send to ${callingAet}: ${why}`, {
      hint: `its administrator registers ${callingAet} with this machine’s address and port ${receivePort}`,
    })
  }

  private async instanceUids({ studyUid, seriesUid }: SeriesReference, signal: AbortSignal): Promise<Set<string>> {
    const keys = { StudyInstanceUID: studyUid, SeriesInstanceUID: seriesUid, SOPInstanceUID: '' }
    const found = await this.find('Image', keys, signal)
    return new Set(found.map((elements) => textOf(elements, 'SOPInstanceUID')).filter((uid) => v.is(Uid, uid)))
  }

  /** @param most so many are enough: the archive is told to stop */
  private async find(
    level: 'Study' | 'Series' | 'Image',
    keys: Readonly<Record<string, string>>,
    signal: AbortSignal,
    most = Infinity,
  ): Promise<Elements[]> {
    const { CFindRequest } = (await loadDimse()).requests
    const inAscii = Object.values(keys).every((value) => /^[\x20-\x7e]*$/.test(value))
    const elements = { ...keys, ...(inAscii ? {} : { SpecificCharacterSet: 'ISO_IR 192' }) }
    const request = CFindRequest[`create${level}FindRequest`](elements)
    const found: Elements[] = []
    let status = 0
    await this.exchange([request], signal, (response, client) => {
      status = response.getStatus()
      const dataset = response.getDataset()
      if (dataset && found.length < most) found.push(dataset.getElements())
      if (found.length === most) client.cancel(request)
    })
    // Cancelled, by us, is an end like another.
    if (status !== 0 && status !== 0xfe00)
      throw new ArchiveFault(`${this.name}: it refused the search, ${reasonOf(status)}`)
    return found
  }

  private exchange(
    requests: readonly requests.Request[],
    signal: AbortSignal,
    onResponse: Exchange['onResponse'],
    options: { patienceMs?: number } = {},
  ): Promise<void> {
    return exchange({ server: this.name, endpoint: this.endpoint, requests, signal, onResponse, ...options })
  }
}

/** Neither success, nor pending or cancelled, nor a warning (PS3.7 annex C). */
function isFailure(status: number): boolean {
  return status !== 0 && status < 0xfe00 && status >> 12 !== 0xb
}
