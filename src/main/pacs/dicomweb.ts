import { setTimeout as pause } from 'node:timers/promises'
import * as v from 'valibot'
import {
  Uid,
  type DicomwebEndpoint,
  type Page,
  type SeriesReference,
  type SeriesRow,
  type StudyPage,
  type StudyQuery,
} from '../../shared/archive'
import { EmendError } from '../../shared/errors'
import type { Work } from '../../shared/progress'
import type { Archive, FetchedSeries, StoreReport } from './archive'
import { JsonDataset, seriesFrom, studyFrom, text } from './dicomJson'
import { ArchiveFault, statusFault } from './fault'
import { HttpService, type Answer } from './http'
import { arrivals, InstanceFiles, sopInstanceUidOf } from './instanceFiles'
import { boundaryOf, readParts, writeParts } from './multipart'
import { fits, matchOf, queryParameters, withoutEscapes, type StudyMatch } from './query'
import { storeReport } from './storeAnswer'

const JSON_TYPE = 'application/dicom+json'
const INSTANCES = 'multipart/related; type="application/dicom"'
/** In the transfer syntax that they are stored in: nothing is decoded or recoded on the way. */
const INSTANCES_AS_STORED = `${INSTANCES}; transfer-syntax=*`

/** So many instances are listed by one request. */
const INSTANCE_PAGE = 1000
/** A missing instance is asked for so often, with a pause that doubles. */
const TRIES = 3
/** So many bytes are stored by one request. */
const STORE_BATCH = 1 << 26

const SERVICE = 'DICOMweb service at this address'

/** Statuses by which a server says that it does not want what was sent, not that it cannot talk now. */
const REFUSALS = [400, 409, 413, 415, 422]

const Datasets = v.array(JsonDataset)

export interface DicomwebOptions {
  /** How long the server may be silent, ms. */
  readonly patienceMs?: number
  /** Before a missing instance is asked for once more, ms. */
  readonly pauseMs?: number
}

/** An archive that speaks DICOMweb: QIDO-RS, WADO-RS and STOW-RS (PS3.18 sections 10.4 to 10.6). */
export class DicomwebArchive implements Archive {
  private readonly service: HttpService
  private readonly pauseMs: number

  /**
   * @param name the server's, for messages
   * @param secret password or token; null where there is none
   */
  constructor(
    private readonly name: string,
    endpoint: DicomwebEndpoint,
    secret: string | null,
    { patienceMs, pauseMs = 500 }: DicomwebOptions = {},
  ) {
    this.service = new HttpService(name, endpoint, secret, patienceMs)
    this.pauseMs = pauseMs
  }

  /** DICOMweb has no echo: the shortest search tells whether it is one. */
  async echo(signal: AbortSignal): Promise<void> {
    await this.search('studies?limit=1', SERVICE, signal)
  }

  async findStudies(query: StudyQuery, page: Page, signal: AbortSignal): Promise<StudyPage> {
    const match = matchOf(query)
    const found = await this.searchStudies(match, page, signal)
    const plain = withoutEscapes(match)
    if (found.studies.length > 0 || plain === null) return found
    const wider = await this.searchStudies(plain, page, signal)
    return { ...wider, studies: wider.studies.filter((study) => fits(study, match)) }
  }

  private async searchStudies(match: StudyMatch, page: Page, signal: AbortSignal): Promise<StudyPage> {
    const found = await this.search(`studies?${queryParameters(match, page)}`, SERVICE, signal)
    return { studies: found.map(studyFrom).filter((study) => study !== null), more: found.length >= page.limit }
  }

  async findSeries(studyUid: string, signal: AbortSignal): Promise<SeriesRow[]> {
    const path = `studies/${studyUid}/series?includefield=0008103E&includefield=00201209`
    const found = await this.search(path, 'such study', signal)
    const series = found.map((dataset) => seriesFrom(dataset, studyUid)).filter((row) => row !== null)
    return series.sort((a, b) => (a.number ?? Infinity) - (b.number ?? Infinity))
  }

  /**
   * The series comes as one stream. What of it did not come, because the connection broke or the server left it out, is
   * asked for one by one.
   *
   * @throws ArchiveFault where an instance cannot be had: part of a series is no series
   */
  async fetchSeries(series: SeriesReference, folder: string, work: Work): Promise<FetchedSeries> {
    const expected = await this.instanceUids(series, work.signal)
    if (expected.size === 0) throw new ArchiveFault(`${this.name}: it has no such series`)
    const files = new InstanceFiles(folder)
    const report = arrivals(work, expected.size, files)
    report()
    const path = `studies/${series.studyUid}/series/${series.seriesUid}`
    try {
      await this.receive(path, 'such series', files, report, work.signal)
    } catch (error) {
      if (!(error instanceof ArchiveFault && error.passing)) throw error
    }
    const missing = [...expected].filter((uid) => !files.paths.has(uid))
    for (const uid of missing) await this.receiveOne(`${path}/instances/${uid}`, uid, files, report, work.signal)
    return { paths: [...files.paths.values()], retried: missing.length, bytes: files.bytes }
  }

  async store(instances: readonly Uint8Array[], work: Work): Promise<StoreReport> {
    const reports: StoreReport[] = []
    let done = 0
    for (const batch of batches(instances)) {
      work.signal.throwIfAborted()
      work.report({ phase: 'sending', done, total: instances.length })
      reports.push(await this.storeBatch(batch, work.signal))
      done += batch.length
    }
    work.report({ phase: 'sending', done, total: instances.length })
    return joined(reports)
  }

  /** A server that refuses a batch as a whole is asked about each instance, so that one does not stop the others. */
  private async storeBatch(batch: readonly Uint8Array[], signal: AbortSignal): Promise<StoreReport> {
    try {
      return await this.post(batch, signal)
    } catch (error) {
      if (!(error instanceof ArchiveFault) || !REFUSALS.includes(error.status ?? 0)) throw error
      if (batch.length === 1) {
        const failure = {
          sopInstanceUid: sopInstanceUidOf(batch[0]) ?? '',
          reason: afterName(error.message, this.name),
        }
        return { stored: 0, failures: [failure], warnings: [] }
      }
    }
    const reports: StoreReport[] = []
    for (const instance of batch) reports.push(await this.storeBatch([instance], signal))
    return joined(reports)
  }

  private async post(batch: readonly Uint8Array[], signal: AbortSignal): Promise<StoreReport> {
    const what = 'what was sent'
    // 409 says that it took none of them, and in its body why.
    const request = { path: 'studies', accept: JSON_TYPE, what, signal, post: writeParts(batch), alsoFine: [409] }
    const answer = await this.service.ask(request)
    const dataset = (await this.readJson(answer, JsonDataset)) ?? {}
    const report = storeReport(dataset, batch)
    if (answer.status === 409 && report.failures.length === 0) throw statusFault(this.name, 409, what)
    return report
  }

  /** The SOP Instance UIDs of a series, page by page until nothing new comes: servers limit pages as they like. */
  private async instanceUids({ studyUid, seriesUid }: SeriesReference, signal: AbortSignal): Promise<Set<string>> {
    const uids = new Set<string>()
    for (;;) {
      const path = `studies/${studyUid}/series/${seriesUid}/instances?limit=${INSTANCE_PAGE}&offset=${uids.size}`
      const before = uids.size
      for (const dataset of await this.search(path, 'such series', signal)) {
        const uid = text(dataset, '00080018')
        if (v.is(Uid, uid)) uids.add(uid)
      }
      if (uids.size === before) return uids
    }
  }

  /** @throws ArchiveFault where the answer is none that a DICOMweb service gives. */
  private async search(path: string, what: string, signal: AbortSignal): Promise<JsonDataset[]> {
    const answer = await this.service.ask({ path, accept: JSON_TYPE, what, signal })
    if (answer.status === 204) {
      for await (const _nothing of answer.chunks());
      return []
    }
    return (await this.readJson(answer, Datasets)) ?? []
  }

  private async readJson<T extends v.GenericSchema>(answer: Answer, schema: T): Promise<v.InferOutput<T> | null> {
    try {
      return await answer.json(schema)
    } catch (error) {
      if (!(error instanceof SyntaxError) && !v.isValiError(error)) throw error
      throw new ArchiveFault(`${this.name}: what answers there is no DICOMweb service`, {
        hint: 'the address ends in the service’s own path, like /dicom-web',
        cause: error,
      })
    }
  }

  /** Reads all instances of an answer into files. */
  private async receive(
    path: string,
    what: string,
    files: InstanceFiles,
    onInstance: () => void,
    signal: AbortSignal,
  ): Promise<void> {
    const answer = await this.askForInstances(path, what, signal)
    if (/^application\/dicom\b(?!\+)/i.test(answer.contentType)) {
      await files.add(answer.chunks())
      return onInstance()
    }
    try {
      for await (const part of readParts(answer.chunks(), boundaryOf(answer.contentType))) {
        signal.throwIfAborted()
        await files.add(part.body)
        onInstance()
      }
    } catch (error) {
      if (!(error instanceof EmendError) || error instanceof ArchiveFault) throw error
      throw new ArchiveFault(`${this.name}: ${error.message}`, { cause: error, passing: true })
    }
  }

  /** Old servers do not know that a client may ask for whatever is stored. */
  private async askForInstances(path: string, what: string, signal: AbortSignal): Promise<Answer> {
    const answer = await this.service.ask({ path, accept: INSTANCES_AS_STORED, what, signal, alsoFine: [400, 406] })
    if (answer.status !== 400 && answer.status !== 406) return answer
    for await (const _reason of answer.chunks());
    return this.service.ask({ path, accept: INSTANCES, what, signal })
  }

  private async receiveOne(
    path: string,
    uid: string,
    files: InstanceFiles,
    onInstance: () => void,
    signal: AbortSignal,
  ): Promise<void> {
    for (let attempt = 1; !files.paths.has(uid); attempt++) {
      try {
        await this.receive(path, 'such image', files, onInstance, signal)
        if (files.paths.has(uid)) return
        if (attempt >= TRIES) throw new ArchiveFault(`${this.name}: an image of the series does not come`)
      } catch (error) {
        if (!(error instanceof ArchiveFault && error.passing) || attempt >= TRIES) throw error
      }
      await pause(this.pauseMs * 2 ** (attempt - 1), undefined, { signal }).catch(() => signal.throwIfAborted())
    }
  }
}

function joined(reports: readonly StoreReport[]): StoreReport {
  return {
    stored: reports.reduce((sum, { stored }) => sum + stored, 0),
    failures: reports.flatMap(({ failures }) => failures),
    warnings: reports.flatMap(({ warnings }) => warnings),
  }
}

/** 'Orthanc: it refused ...' without the server's name. */
function afterName(message: string, name: string): string {
  return message.startsWith(`${name}: `) ? message.slice(name.length + 2) : message
}

function* batches(instances: readonly Uint8Array[]): Generator<Uint8Array[]> {
  let batch: Uint8Array[] = []
  let bytes = 0
  for (const instance of instances) {
    if (batch.length > 0 && bytes + instance.length > STORE_BATCH) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(instance)
    bytes += instance.length
  }
  if (batch.length > 0) yield batch
}
