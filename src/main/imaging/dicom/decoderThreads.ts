import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { decodeFrame, type FrameCodec } from './frameCodecs'
import type { PixelFormat } from './instance'

export interface DecodeRequest {
  readonly frame: Uint8Array
  readonly format: PixelFormat
}

export type DecodeReply = { readonly samples: Uint8Array } | { readonly fault: string }

interface Waiting {
  readonly request: DecodeRequest
  resolve(samples: Uint8Array): void
  reject(error: Error): void
}

const MOST_THREADS = 4

/** As built, the thread's program lies beside the programs that start it, or one folder above their parts. */
const program = ['./decode.thread.js', '../decode.thread.js']
  .map((place) => fileURLToPath(new URL(place, import.meta.url)))
  .find((path) => existsSync(path))

/** Decodes frames in threads of their own, on as many cores as there are. Close it: threads keep a process alive. */
export class DecoderThreads {
  readonly count: number
  private readonly idle: Worker[] = []
  private readonly busy = new Map<Worker, Waiting>()
  private readonly queue: Waiting[] = []
  private started = 0
  private broken = false

  private constructor(
    private readonly path: string,
    cores: number,
  ) {
    this.count = Math.min(MOST_THREADS, cores)
  }

  /** Null where threads are of no use: on a single core, or in sources that are not built. */
  static open(path: string | undefined = program, cores = availableParallelism()): DecoderThreads | null {
    return path !== undefined && cores > 1 ? new DecoderThreads(path, cores) : null
  }

  /** Rejects with what the codec says of damage. */
  readonly decode: FrameCodec = (frame, format) => {
    if (this.broken) return decodeFrame(frame, format)
    return new Promise((resolve, reject) => {
      this.queue.push({ request: { frame, format }, resolve, reject })
      this.next()
    })
  }

  async close(): Promise<void> {
    await Promise.all([...this.idle, ...this.busy.keys()].map((worker) => worker.terminate()))
  }

  private next(): void {
    const waiting = this.queue[0] as Waiting | undefined
    const worker = waiting && (this.idle.pop() ?? this.start())
    if (!waiting || !worker) return
    this.queue.shift()
    this.busy.set(worker, waiting)
    worker.postMessage(waiting.request)
  }

  private start(): Worker | null {
    if (this.started === this.count) return null
    this.started++
    const worker = new Worker(this.path)
    worker.on('message', (reply: DecodeReply) => {
      const waiting = this.busy.get(worker)
      this.busy.delete(worker)
      this.idle.push(worker)
      if ('samples' in reply) waiting?.resolve(reply.samples)
      else waiting?.reject(new Error(reply.fault))
      this.next()
    })
    // A thread that cannot start, or that a codec took down: what waits is decoded here.
    worker.on('error', () => {
      this.broken = true
      const given = this.busy.get(worker)
      this.busy.delete(worker)
      for (const { request, resolve, reject } of [...(given ? [given] : []), ...this.queue.splice(0)]) {
        decodeFrame(request.frame, request.format).then(resolve, reject)
      }
    })
    return worker
  }
}
