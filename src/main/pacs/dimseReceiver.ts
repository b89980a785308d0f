import { closeSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { Writable } from 'node:stream'
import type { association, requests, responses } from 'dcmjs-dimse'
import type { DimseEndpoint, SeriesReference } from '../../shared/archive'
import { parseDicom } from '../imaging/dicom/attributes'
import { canDecode } from '../imaging/dicom/pixels'
import { ArchiveFault } from './fault'
import type { DimseLibrary } from './dimseLibrary'
import { sopInstanceUidOf, type InstanceFiles } from './instanceFiles'
import { metaHeader } from './partTen'
import { addressesOf } from './peerAddresses'

const EXPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2.1'
const STORAGE = '1.2.840.10008.5.1.4.1.1.'

/** Results of a proposed presentation context (PS3.8 table 9-18). */
const ACCEPTED = 0
const NO_SUCH_ABSTRACT_SYNTAX = 3
const NO_SUCH_TRANSFER_SYNTAX = 4

const SUCCESS = 0x0000
const REFUSED = 0xc000

/** Reasons for which an association is rejected (PS3.8 table 9-21). */
const CALLING_TITLE_NOT_RECOGNIZED = 3
const CALLED_TITLE_NOT_RECOGNIZED = 7

/** Nobody needs so many bytes to ask for an association. */
const MOST_BEFORE_ASSOCIATION = 1 << 20
/** No instance that Emend could read is larger. */
const MOST_OF_INSTANCE = 2 ** 31

/**
 * A port that is open while a series comes, and takes nothing but instances of that series, from the archive alone: from
 * one of its addresses or, since an archive may send from another node, under its AE title.
 */
export interface Receiver {
  close(): Promise<void>
}

/**
 * Opens the port that the archive knows us by, on loopback where the archive is on this machine.
 *
 * @param onInstance called after each instance that has come
 * @throws ArchiveFault where the port is taken
 */
export async function openReceiver(
  library: DimseLibrary,
  endpoint: DimseEndpoint,
  series: SeriesReference,
  files: InstanceFiles,
  onInstance: () => void,
): Promise<Receiver> {
  const isArchive = await addressesOf(endpoint.host)
  const StoreScp = storeScp(library, endpoint, isArchive, series, files, onInstance)
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
    new StoreScp(socket)
  })
  await listen(server, endpoint)
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

function listen(server: Server, { host, receivePort }: DimseEndpoint): Promise<void> {
  const loopback = /^(127\.\d+\.\d+\.\d+|localhost)$/.test(host)
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        new ArchiveFault(
          `the port ${receivePort}, to which the archive sends, cannot be opened (${error.code ?? ''})`,
          {
            hint: 'is another program using it?',
            cause: error,
          },
        ),
      ),
    )
    server.listen(receivePort, loopback ? '127.0.0.1' : undefined, () => resolve())
  })
}

/**
 * An instance on its way to the disk. It never asks to wait, because the library would mix up what follows: bytes are
 * written before more of them are read.
 */
class Arriving extends Writable {
  private readonly file: number
  private open = true
  private bytes = 0

  /** @param path of the file, which goes when this is destroyed, unless it was renamed */
  constructor(
    readonly path: string,
    start: Uint8Array,
  ) {
    super({ highWaterMark: Number.MAX_SAFE_INTEGER, autoDestroy: false })
    this.file = openSync(path, 'wx', 0o600)
    writeFileSync(this.file, start)
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    try {
      this.bytes += chunk.length
      if (this.bytes > MOST_OF_INSTANCE) throw new Error('it does not end')
      writeFileSync(this.file, chunk)
      done()
    } catch (error) {
      done(error as Error)
    }
  }

  override _final(done: () => void): void {
    this.close()
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.close()
    rmSync(this.path, { force: true })
    done(error)
  }

  private close(): void {
    if (this.open) closeSync(this.file)
    this.open = false
  }
}

function storeScp(
  library: DimseLibrary,
  { callingAet, calledAet }: DimseEndpoint,
  isArchive: (address: string | undefined) => boolean,
  { studyUid, seriesUid }: SeriesReference,
  files: InstanceFiles,
  onInstance: () => void,
) {
  const { CStoreResponse, CEchoResponse } = library.responses
  return class extends library.Scp {
    private status = REFUSED
    private accepted = false
    private arriving: Arriving | null = null

    constructor(private readonly peer: Socket) {
      super(peer, {})
      peer.on('data', () => {
        if (!this.accepted && peer.bytesRead > MOST_BEFORE_ASSOCIATION) peer.destroy()
      })
      peer.on('close', () => this.arriving?.destroy())
      // What cannot be understood or written is not waited for: it is asked for again.
      this.on('networkError', () => peer.destroy())
    }

    override associationRequested(association: association.Association): void {
      if (association.getCalledAeTitle().trim() !== callingAet) return this.turnAway(CALLED_TITLE_NOT_RECOGNIZED)
      if (!isArchive(this.peer.remoteAddress) && association.getCallingAeTitle().trim() !== calledAet) {
        return this.turnAway(CALLING_TITLE_NOT_RECOGNIZED)
      }
      this.accepted = true
      for (const { id } of association.getPresentationContexts()) negotiate(association.getPresentationContext(id))
      this.sendAssociationAccept()
    }

    override associationReleaseRequested(): void {
      this.sendAssociationReleaseResponse()
    }

    override cEchoRequest(request: requests.CEchoRequest, callback: (response: responses.CEchoResponse) => void): void {
      const response = CEchoResponse.fromRequest(request)
      response.setStatus(SUCCESS)
      callback(response)
    }

    /** Bytes go to the file as they came; no data set is made of them. */
    override createStoreWritableStream(
      context: association.PresentationContext,
      request: requests.CStoreRequest,
    ): Writable {
      if (!this.accepted) throw new Error('it was turned away')
      const meta = {
        sopClassUid: request.getAffectedSopClassUid(),
        sopInstanceUid: request.getAffectedSopInstanceUid(),
        transferSyntax: context.getAcceptedTransferSyntaxUid() ?? '',
      }
      this.arriving = new Arriving(files.arriving(), metaHeader(meta))
      return this.arriving.on('error', () => this.peer.destroy())
    }

    override createDatasetFromStoreWritableStream(
      stream: Writable,
      _context: association.PresentationContext,
      callback: (dataset: InstanceType<DimseLibrary['Dataset']>) => void,
    ): void {
      const arriving = stream as Arriving
      keep(arriving.path)
        .then(
          (kept) => (this.status = kept ? SUCCESS : REFUSED),
          () => (this.status = REFUSED),
        )
        .finally(() => {
          arriving.destroy()
          callback(new library.Dataset({}, EXPLICIT_LITTLE_ENDIAN))
        })
    }

    override cStoreRequest(
      request: requests.CStoreRequest,
      callback: (response: responses.CStoreResponse) => void,
    ): void {
      const response = CStoreResponse.fromRequest(request)
      response.setStatus(this.status)
      callback(response)
    }

    override abort(): void {
      // The other side gave up; its connection closes, and what is missing is asked for again.
    }

    private turnAway(reason: number): void {
      this.sendAssociationReject(1, 1, reason)
      this.peer.destroySoon()
    }
  }

  async function keep(path: string): Promise<boolean> {
    const file = await readFile(path)
    const header = parseDicom(file, 'what came', 'pixels')
    if (header.text('x0020000d') !== studyUid || header.text('x0020000e') !== seriesUid) return false
    const kept = await files.keep(path, file, file.length)
    if (kept !== null) onInstance()
    return kept !== null || files.paths.has(sopInstanceUidOf(file) ?? '')
  }
}

/** Images in a form that Emend reads: explicit little endian where there is a choice, else the first that it decodes. */
function negotiate(context: association.PresentationContext): void {
  const offered = context.getTransferSyntaxUids()
  const wanted = offered.find((uid) => uid === EXPLICIT_LITTLE_ENDIAN) ?? offered.find(canDecode)
  const abstract = context.getAbstractSyntaxUid()
  if (!abstract.startsWith(STORAGE) && abstract !== '1.2.840.10008.1.1') context.setResult(NO_SUCH_ABSTRACT_SYNTAX)
  else if (wanted === undefined) context.setResult(NO_SUCH_TRANSFER_SYNTAX)
  else context.setResult(ACCEPTED, wanted)
}
