import { parentPort, workerData } from 'node:worker_threads'
import { PatchSource } from './patches'
import type { ThreadRequest, ThreadStart } from './patchThreads'

/** Makes batches for `patchThreads`, each into the shared memory that it is asked to fill. */
const { cases, options, slots } = workerData as ThreadStart
const source = new PatchSource(cases, options)

parentPort?.on('message', ({ step, slot }: ThreadRequest) => {
  const { state, ...target } = slots[slot]
  try {
    const batch = source.at(step)
    target.image.set(batch.image)
    target.labels.set(batch.labels)
    target.annotated.set(batch.annotated)
    if (batch.teacher) target.teacher?.set(batch.teacher)
    Atomics.store(state, 0, step + 1)
  } catch (error) {
    Atomics.store(state, 0, -1)
    throw error
  } finally {
    Atomics.notify(state, 0)
  }
})
