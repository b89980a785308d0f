import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { decodeFrame, type FrameCodec } from './frameCodecs'
import type { PixelFormat } from './instance'

export interface DecodeRequest {
  readonly format: PixelFormat
  /** Compressed, and the memory for what it becomes; both shared, so that nothing is copied on the way. */
  readonly frame: Uint8Array
  readonly samples: Uint8Array
}

/** Nothing where `samples` were filled; what came out instead where it has another length; or what is damaged. */
export interface DecodeReply {
  readonly decoded?: Uint8Array
  readonly fault?: string
}

interface Waiting {
  readonly request: DecodeRequest
  resolve(samples: Uint8Array): void
  reject(error: Error): void
}

/** Shared memory for one frame at a time, compressed and decoded; used again and again. */
export class FrameMemory {
  private compressed = new SharedArrayBuffer(0)
  private decoded = new SharedArrayBuffer(0)

  frame(content: Uint8Array): Uint8Array {
    if (this.compressed.byteLength < content.length) this.compressed = new SharedArrayBuffer(content.length)
    const frame = new Uint8Array(this.compressed, 0, content.length)
    frame.set(content)
    return frame
  }

  samples({ rows, columns, bitsAllocated }: PixelFormat): Uint8Array {
    const length = Math.ceil((rows * columns * bitsAllocated) / 8)
    if (this.decoded.byteLength !== length) this.decoded = new SharedArrayBuffer(length)
    return new Uint8Array(this.decoded)
  }
}

const MOST_THREADS = 4

/** As built, the thread's program lies beside the programs that start it, or one folder above their parts. */
const program = ['./decode.thread.js', '../decode.thread.js']
  .map((place) => fileURLToPath(new URL(place, import.meta.url)))
  .find((path) => existsSync(path))

/** Threads that decode frames, on as many cores as there are. Close it: they keep a process alive. */
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

  /** A codec that decodes into `memory`, whose last frame it overwrites. Rejects with what the codec says of damage. */
  into(memory: FrameMemory): FrameCodec {
    return (content, format) => {
      if (this.broken) return decodeFrame(content, format)
      return new Promise((resolve, reject) => {
        const request = { format, frame: memory.frame(content), samples: memory.samples(format) }
        this.queue.push({ request, resolve, reject })
        this.next()
      })
    }
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
      if (reply.fault !== undefined) waiting?.reject(new Error(reply.fault))
      else waiting?.resolve(reply.decoded ?? waiting.request.samples)
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
