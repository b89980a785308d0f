import * as v from 'valibot'
import type { DicomwebEndpoint } from '../../shared/archive'
import { ArchiveFault, connectionFault, statusFault } from './fault'

/** A server may take this long to begin its answer, and to go on with it. */
const PATIENCE_MS = 60_000

/** A server is silent while it takes what is sent: so much longer, at the slowest line that is worth waiting for. */
const SLOWEST_BYTES_PER_MS = 100

/** No list of studies or instances is longer. */
const LONGEST_JSON = 1 << 27

export interface HttpRequest {
  /** Below the service's root, with its query. */
  readonly path: string
  readonly accept: string
  /** What is asked for, for messages: 'this series'. */
  readonly what: string
  readonly signal: AbortSignal
  readonly post?: { readonly contentType: string; readonly body: Blob }
  /** Statuses besides 2xx that are answers and no failures. */
  readonly alsoFine?: readonly number[]
}

/** Requests to one DICOMweb service, with its credentials; every failure is an ArchiveFault. */
export class HttpService {
  /** Host and port, as messages name them. */
  private readonly host: string
  private readonly authorization: string | null

  /**
   * @param server its name for people
   * @param secret password or token, as `endpoint.auth` wants; null where there is none
   * @param patienceMs how long it may be silent
   */
  constructor(
    readonly server: string,
    private readonly endpoint: DicomwebEndpoint,
    secret: string | null,
    private readonly patienceMs = PATIENCE_MS,
  ) {
    this.host = new URL(endpoint.url).host
    this.authorization = authorizationOf(endpoint, secret)
  }

  /** The answer once its headers are there. Its body is read by `chunks` or `json`. */
  async ask({ path, accept, what, signal, post, alsoFine = [] }: HttpRequest): Promise<Answer> {
    const watch = new Watch(this.patienceMs + (post?.body.size ?? 0) / SLOWEST_BYTES_PER_MS, signal)
    try {
      const response = await fetch(`${this.endpoint.url}/${path}`, {
        method: post ? 'POST' : 'GET',
        headers: {
          Accept: accept,
          ...(post ? { 'Content-Type': post.contentType } : {}),
          ...(this.authorization === null ? {} : { Authorization: this.authorization }),
        },
        body: post?.body,
        signal: watch.signal,
        // A password goes to the address that was entered, and to no other.
        redirect: 'manual',
      })
      if (!response.ok && !alsoFine.includes(response.status)) {
        await response.body?.cancel()
        throw statusFault(this.server, response.status, what)
      }
      return new Answer(response, watch, (error) => this.explain(error, watch))
    } catch (error) {
      throw this.explain(error, watch)
    }
  }

  private explain(error: unknown, watch: Watch): unknown {
    const { cancelled, ranOut } = watch
    watch.end()
    if (cancelled) return watch.reason
    if (ranOut) {
      return new ArchiveFault(`${this.server}: ${this.host} did not answer for ${this.patienceMs / 1000} s`, {
        passing: true,
      })
    }
    return connectionFault(this.server, this.host, error)
  }
}

/** An answer whose headers have come. */
export class Answer {
  constructor(
    private readonly response: Response,
    private readonly watch: Watch,
    private readonly explain: (error: unknown) => unknown,
  ) {}

  get status(): number {
    return this.response.status
  }

  get contentType(): string {
    return this.response.headers.get('content-type') ?? ''
  }

  /** The body as it arrives. @throws ArchiveFault where it stops arriving; the signal's reason where that is aborted. */
  async *chunks(): AsyncGenerator<Uint8Array> {
    const reader = this.response.body?.getReader()
    try {
      for (;;) {
        const next = await reader?.read()
        this.watch.heard()
        if (!next || next.done) return
        yield next.value
      }
    } catch (error) {
      throw this.explain(error)
    } finally {
      this.watch.end()
      await reader?.cancel().catch(() => undefined)
    }
  }

  /** The body as JSON that fits `schema`; null where it is empty. @throws SyntaxError, valibot's ValiError where it does not. */
  async json<T extends v.GenericSchema>(schema: T): Promise<v.InferOutput<T> | null> {
    const chunks: Uint8Array[] = []
    let length = 0
    for await (const chunk of this.chunks()) {
      length += chunk.length
      if (length > LONGEST_JSON) throw new SyntaxError('the answer is too long')
      chunks.push(chunk)
    }
    const text = Buffer.concat(chunks).toString('utf8').trim()
    return text === '' ? null : v.parse(schema, JSON.parse(text))
  }
}

/** Ends a request that is silent for too long, or that the user has cancelled. */
class Watch {
  private readonly controller = new AbortController()
  private readonly timer: NodeJS.Timeout
  ranOut = false

  constructor(
    patienceMs: number,
    private readonly outer: AbortSignal,
  ) {
    this.timer = setTimeout(() => {
      this.ranOut = true
      this.controller.abort()
    }, patienceMs)
    if (outer.aborted) this.cancel()
    outer.addEventListener('abort', this.cancel, { once: true })
  }

  get signal(): AbortSignal {
    return this.controller.signal
  }

  get cancelled(): boolean {
    return this.outer.aborted
  }

  get reason(): unknown {
    return this.outer.reason
  }

  /** Something came: the time begins anew. */
  heard(): void {
    this.timer.refresh()
  }

  end(): void {
    clearTimeout(this.timer)
    this.outer.removeEventListener('abort', this.cancel)
  }

  private readonly cancel = (): void => this.controller.abort(this.outer.reason)
}

function authorizationOf({ auth, user }: DicomwebEndpoint, secret: string | null): string | null {
  if (auth === 'basic') return `Basic ${Buffer.from(`${user}:${secret ?? ''}`, 'utf8').toString('base64')}`
  // A token is header text; what is none would be refused by fetch with the token in its message.
  if (auth === 'bearer') return `Bearer ${(secret ?? '').replace(/[^\x21-\x7e]/g, '')}`
  return null
}
