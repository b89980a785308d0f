import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { sharedLike, type Numbers } from './sharedMemory'

/** A step's arrays by name, of the same sizes in every step. */
export type Arrays = Readonly<Record<string, Numbers | undefined>>

/** Where a run's batches come from. */
export interface BatchSource<Batch> {
  /** The batch of a step; its arrays are used again by the next call. Steps are asked for in order. */
  at(step: number): Batch | Promise<Batch>
  /** Seconds that the run has waited for batches so far. */
  readonly secondsWaited: number
  close(): Promise<void>
}

/** A batch in shared memory, and `state[0]`: the step that it holds, counted from 1; below 0 once its thread has failed. */
export interface Slot {
  readonly arrays: Arrays
  readonly state: Int32Array
}

/** What a thread starts with: `from` is the maker's own. */
export interface ThreadStart<From> {
  readonly from: From
  readonly slots: readonly Slot[]
}

/** Asks a thread for a step's batch in one of the slots. */
export interface ThreadRequest {
  readonly step: number
  readonly slot: number
}

/** How batches are made: by `make` from `from`, here or in threads that run `program`. */
export interface Making<From, Batch extends Arrays> {
  readonly from: From
  readonly make: (from: From) => (step: number) => Batch
  /** Of zeros, as large as those that are made. */
  readonly empty: () => Batch
  /** The thread's program as built; none where it is not. */
  readonly program: string | undefined
}

/** A program `NAME.thread.ts` as built: it lies beside the programs that start it, or one folder above their parts. */
export const builtThread = (name: string): string | undefined =>
  [`./${name}.thread.js`, `../${name}.thread.js`]
    .map((place) => fileURLToPath(new URL(place, import.meta.url)))
    .find((path) => existsSync(path))

const MOST_THREADS = 4
/** Batches that are made ahead, for each thread. */
const AHEAD = 2

/** One core is left for the graph. */
export const freeCores = (): number => Math.min(MOST_THREADS, availableParallelism() - 1)

/** Batches that a run holds at once: its own, one in the making for each thread, and those ahead. */
export const batchesHeld = (threads = freeCores()): number => 1 + Math.max(0, threads) * (1 + AHEAD)

/**
 * The batches of a run, made ahead in threads of their own where there are cores for it and the program is built; else here,
 * when asked. Either way they are the same: a batch depends on its step alone, not on who makes it.
 */
export function openBatches<From, Batch extends Arrays>(
  making: Making<From, Batch>,
  threads: number,
): BatchSource<Batch> {
  if (making.program === undefined || threads < 1) return new BatchesHere(making.make(making.from))
  return new BatchThreads(making, making.program, threads)
}

class BatchesHere<Batch> implements BatchSource<Batch> {
  secondsWaited = 0

  constructor(private readonly make: (step: number) => Batch) {}

  at(step: number): Batch {
    const began = performance.now()
    const batch = this.make(step)
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
class BatchThreads<From, Batch extends Arrays> implements BatchSource<Batch> {
  secondsWaited = 0
  private readonly workers: Worker[]
  private readonly slots: readonly Slot[]
  private readonly batch: Batch
  private asked: number | null = null
  private fault: Error | null = null

  constructor({ from, empty }: Making<From, Batch>, program: string, threads: number) {
    // Its arrays say how large a batch is, and are what a step reads: the slots are filled again meanwhile.
    this.batch = empty()
    this.slots = Array.from({ length: threads * AHEAD }, () => ({
      arrays: Object.fromEntries(
        Object.entries(this.batch).map(([name, array]) => [name, array && sharedLike(array)] as const),
      ),
      state: new Int32Array(new SharedArrayBuffer(4)),
    }))
    const workerData: ThreadStart<From> = { from, slots: this.slots }
    this.workers = Array.from({ length: threads }, () => {
      const worker = new Worker(program, { workerData })
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
      if (held < 0) throw new Error('a thread that makes batches has failed')
      Atomics.wait(slot.state, 0, held, 50)
      // A thread that ended says so by an event.
      await new Promise((resolve) => setImmediate(resolve))
    }
    copyArrays(slot.arrays, this.batch)
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

/** Copies a batch into another of the same names and sizes. */
export function copyArrays(from: Arrays, to: Arrays): void {
  for (const [name, array] of Object.entries(from)) if (array) to[name]?.set(array)
}
