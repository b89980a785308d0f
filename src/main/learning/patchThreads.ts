import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { PatchSource, type Batch, type PatchOptions } from './patches'
import type { PreparedCase } from './preparedCase'
import { inSharedMemory, sharedLike } from './sharedMemory'

/** Where a run's batches come from. */
export interface BatchSource {
  /** The batch of a step; its arrays are used again by the next call. Steps are asked for in order. */
  at(step: number): Batch | Promise<Batch>
  /** Seconds that the run has waited for batches so far. */
  readonly secondsWaited: number
  close(): Promise<void>
}

/** A batch in shared memory, and `state[0]`: the step that it holds, counted from 1; below 0 once its thread has failed. */
export interface SharedBatch extends Batch {
  readonly state: Int32Array
}

/** What a thread starts with. */
export interface ThreadStart {
  readonly cases: readonly PreparedCase[]
  readonly options: PatchOptions
  readonly slots: readonly SharedBatch[]
}

/** Asks a thread for a step's batch in one of the slots. */
export interface ThreadRequest {
  readonly step: number
  readonly slot: number
}

/** As built, the thread's program lies beside the programs that start it, or one folder above their parts. */
const program = ['./patch.thread.js', '../patch.thread.js']
  .map((place) => fileURLToPath(new URL(place, import.meta.url)))
  .find((path) => existsSync(path))

const MOST_THREADS = 4
/** Batches that are made ahead, for each thread. */
const AHEAD = 2

const freeCores = (): number => Math.min(MOST_THREADS, availableParallelism() - 1)

/** Batches that a run holds at once: its own, one in the making for each thread, and those ahead. */
export const batchesHeld = (threads = freeCores()): number => 1 + Math.max(0, threads) * (1 + AHEAD)

/**
 * The batches of a run, made ahead in threads of their own where there are cores for it and the program is built; else here,
 * when asked. Either way they are the same: a batch depends on its step alone, not on who makes it.
 * @param threads how many; one core is left for the graph where left out
 */
export function openBatches(
  cases: readonly PreparedCase[],
  options: PatchOptions,
  threads = freeCores(),
  path = program,
): BatchSource {
  if (path === undefined || threads < 1) return new BatchesHere(new PatchSource(cases, options))
  return new PatchThreads(cases, options, threads, path)
}

class BatchesHere implements BatchSource {
  secondsWaited = 0

  constructor(private readonly source: PatchSource) {}

  at(step: number): Batch {
    const began = performance.now()
    const batch = this.source.at(step)
    this.secondsWaited += (performance.now() - began) / 1000
    return batch
  }

  async close(): Promise<void> {
    // Nothing is held.
  }
}

/**
 * Threads that keep shared memory filled ahead of the run. The run looks at the memory itself and at no message, since a
 * step of training holds its thread's event loop.
 */
class PatchThreads implements BatchSource {
  secondsWaited = 0
  private readonly workers: Worker[]
  private readonly slots: readonly SharedBatch[]
  private readonly batch: Batch
  private asked: number | null = null
  private fault: Error | null = null

  constructor(cases: readonly PreparedCase[], options: PatchOptions, threads: number, path: string) {
    const shared = cases.map(inSharedMemory)
    // Its arrays say how large a batch is, and are what a step reads: the slots are filled again meanwhile.
    this.batch = PatchSource.emptyBatch(cases, options)
    this.slots = Array.from({ length: threads * AHEAD }, () => ({
      image: sharedLike(this.batch.image),
      labels: sharedLike(this.batch.labels),
      annotated: sharedLike(this.batch.annotated),
      ...(this.batch.teacher && { teacher: sharedLike(this.batch.teacher) }),
      state: new Int32Array(new SharedArrayBuffer(4)),
    }))
    const workerData: ThreadStart = { cases: shared, options, slots: this.slots }
    this.workers = Array.from({ length: threads }, () => {
      const worker = new Worker(path, { workerData })
      worker.on('error', (error) => (this.fault = error))
      worker.unref()
      return worker
    })
  }

  async at(step: number): Promise<Batch> {
    const began = performance.now()
    if (this.asked === null) for (let ahead = 0; ahead < this.slots.length; ahead++) this.ask(step + ahead)
    const slot = this.slots[step % this.slots.length]
    for (;;) {
      const held = Atomics.load(slot.state, 0)
      if (held === step + 1) break
      if (this.fault) throw this.fault
      if (held < 0) throw new Error('a thread that makes patches has failed')
      Atomics.wait(slot.state, 0, held, 50)
      // A thread that ended says so by an event.
      await new Promise((resolve) => setImmediate(resolve))
    }
    this.batch.image.set(slot.image)
    this.batch.labels.set(slot.labels)
    this.batch.annotated.set(slot.annotated)
    if (slot.teacher) this.batch.teacher?.set(slot.teacher)
    this.ask(step + this.slots.length)
    this.secondsWaited += (performance.now() - began) / 1000
    return this.batch
  }

  private ask(step: number): void {
    this.asked = step
    const request: ThreadRequest = { step, slot: step % this.slots.length }
    this.workers[step % this.workers.length].postMessage(request)
  }

  async close(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.terminate()))
  }
}
