import type { Client, requests, responses } from 'dcmjs-dimse'
import type { DimseEndpoint } from '../../shared/archive'
import { ArchiveFault, connectionFault } from './fault'
import { loadDimse } from './dimseLibrary'

export interface Exchange {
  /** The server's name for people. */
  readonly server: string
  readonly endpoint: DimseEndpoint
  readonly requests: readonly requests.Request[]
  readonly signal: AbortSignal
  /** Called for each response. `client` cancels a request. */
  readonly onResponse: (response: responses.Response, client: Client) => void
  /** How long the archive may be silent, ms. */
  readonly patienceMs?: number
}

/**
 * One association: opens it, sends the requests one after the other, and ends it.
 * @throws ArchiveFault where it is refused or breaks; the signal's reason where that is aborted
 */
export async function exchange({
  server,
  endpoint,
  requests,
  signal,
  onResponse,
  patienceMs = 60_000,
}: Exchange): Promise<void> {
  const library = await loadDimse()
  signal.throwIfAborted()
  const { host, port, callingAet, calledAet } = endpoint
  const client = new library.Client()
  await new Promise<void>((resolve, reject) => {
    const stop = (): void => {
      reject(signal.reason)
      try {
        client.abort()
      } catch {
        // Not connected yet: there is nothing to call off.
      }
    }
    const end = (settle: () => void): void => {
      signal.removeEventListener('abort', stop)
      settle()
    }
    signal.addEventListener('abort', stop, { once: true })
    for (const request of requests) {
      request.on('response', (response: responses.Response) => {
        if (!signal.aborted) onResponse(response, client)
      })
      client.addRequest(request)
    }
    client.on('associationRejected', (rejection: Rejection) =>
      end(() => reject(rejectionFault(server, endpoint, rejection))),
    )
    client.on('networkError', (error: unknown) => end(() => reject(connectionFault(server, `${host}:${port}`, error))))
    client.on('closed', () => end(resolve))
    const timeouts = { connectTimeout: 15_000, associationTimeout: patienceMs, pduTimeout: patienceMs }
    client.send(host, port, callingAet, calledAet, { ...timeouts, associationLingerTimeout: 0 })
  })
}

interface Rejection {
  readonly reason: number
}

/** PS3.8 table 9-21. */
function rejectionFault(server: string, { callingAet, calledAet }: DimseEndpoint, { reason }: Rejection): ArchiveFault {
  if (reason === 3) {
    return new ArchiveFault(`${server}: it does not know us as ${callingAet}`, {
      hint: 'its administrator registers our AE title',
    })
  }
  if (reason === 7) {
    return new ArchiveFault(`${server}: it is not called ${calledAet}`, {
      hint: 'correct its AE title in the settings',
    })
  }
  return new ArchiveFault(`${server}: it refuses the association (reason ${reason})`, { passing: true })
}
