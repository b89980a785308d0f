import { parentPort, workerData } from 'node:worker_threads'
import { copyArrays, type Arrays, type ThreadRequest, type ThreadStart } from './batchThreads'

/** What a thread of `batchThreads` does: it makes batches, each into the shared memory that it is asked to fill. */
export function serveBatches<From>(make: (from: From) => (step: number) => Arrays): void {
  const { from, slots } = workerData as ThreadStart<From>
  const at = make(from)
  parentPort?.on('message', ({ step, slot }: ThreadRequest) => {
    const { state, arrays } = slots[slot]
    try {
      copyArrays(at(step), arrays)
      Atomics.store(state, 0, step + 1)
    } catch (error) {
      Atomics.store(state, 0, -1)
      throw error
    } finally {
      Atomics.notify(state, 0)
    }
  })
}
