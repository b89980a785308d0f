import { createServer, type Server, type Socket } from 'node:net'
import { Writable } from 'node:stream'
import type { association, requests, responses } from 'dcmjs-dimse'
import type { DimseEndpoint } from '../../shared/archive'
import { parseDicom } from '../imaging/dicom/attributes'
import { canDecode } from '../imaging/dicom/pixels'
import { ArchiveFault } from './fault'
import type { DimseLibrary } from './dimseLibrary'
import type { InstanceFiles } from './instanceFiles'
import { metaHeader } from './partTen'

const EXPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2.1'
const STORAGE = '1.2.840.10008.5.1.4.1.1.'

/** Results of a proposed presentation context (PS3.8 table 9-18). */
const ACCEPTED = 0
const NO_SUCH_ABSTRACT_SYNTAX = 3
const NO_SUCH_TRANSFER_SYNTAX = 4

const SUCCESS = 0x0000
const REFUSED = 0xc000

/** A port that is open while a series comes, and takes nothing but instances of that series. */
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
  seriesUid: string,
  files: InstanceFiles,
  onInstance: () => void,
): Promise<Receiver> {
  const StoreScp = storeScp(library, endpoint, seriesUid, files, onInstance)
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
    new StoreScp(socket, {})
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

/** The bytes of one data set; it never asks to wait, because the library would mix up what follows. */
class Collected extends Writable {
  readonly chunks: Buffer[] = []

  constructor(readonly request: requests.CStoreRequest) {
    super({ highWaterMark: Number.MAX_SAFE_INTEGER })
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.chunks.push(Buffer.from(chunk))
    done()
  }
}

function storeScp(
  library: DimseLibrary,
  endpoint: DimseEndpoint,
  seriesUid: string,
  files: InstanceFiles,
  onInstance: () => void,
) {
  const { CStoreResponse, CEchoResponse } = library.responses
  return class extends library.Scp {
    private status = REFUSED

    override associationRequested(association: association.Association): void {
      if (association.getCalledAeTitle().trim() !== endpoint.callingAet) return this.sendAssociationReject(1, 1, 7)
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

    override createStoreWritableStream(
      _context: association.PresentationContext,
      request: requests.CStoreRequest,
    ): Writable {
      return new Collected(request)
    }

    /** Bytes go to the file as they came; no data set is made of them. */
    override createDatasetFromStoreWritableStream(
      stream: Writable,
      context: association.PresentationContext,
      callback: (dataset: InstanceType<DimseLibrary['Dataset']>) => void,
    ): void {
      const { chunks, request } = stream as Collected
      const transferSyntax = context.getAcceptedTransferSyntaxUid() ?? ''
      keep(request, transferSyntax, chunks)
        .then(
          (kept) => (this.status = kept ? SUCCESS : REFUSED),
          () => (this.status = REFUSED),
        )
        .finally(() => callback(new library.Dataset({}, EXPLICIT_LITTLE_ENDIAN)))
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
  }

  async function keep(request: requests.CStoreRequest, transferSyntax: string, chunks: Buffer[]): Promise<boolean> {
    const meta = {
      sopClassUid: request.getAffectedSopClassUid(),
      sopInstanceUid: request.getAffectedSopInstanceUid(),
      transferSyntax,
    }
    const file = Buffer.concat([metaHeader(meta), ...chunks])
    if (parseDicom(file, 'what came', 'pixels').text('x0020000e') !== seriesUid) return false
    const kept = await files.add(oneChunk(file))
    if (kept !== null) onInstance()
    return kept !== null || files.paths.has(meta.sopInstanceUid)
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

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
