import type { EditJob } from '../editor/editJob'
import type { EditReply, EditRequest } from '../editor/effect.worker'
import type { LabelDelta } from '../editor/labelDelta'

/** What a job came to; null where a later one made it void. */
export type EditAnswer = { readonly delta: LabelDelta | null } | null

/** Works an effect or a deed out elsewhere; a second request makes the first one's answer void. Rejects where it fails. */
export interface EffectRunner {
  run(job: EditJob): Promise<EditAnswer>
  dispose(): void
}

/** In a worker of its own, so that the window goes on; after a failure the next request gets a new one. */
export function workerRunner(): EffectRunner {
  let worker: Worker | null = null
  let turn = 0
  let waiting: { resolve: (answer: EditAnswer) => void; reject: (error: Error) => void } | null = null
  const begin = (): Worker => {
    const begun = new Worker(new URL('../editor/effect.worker.ts', import.meta.url), { type: 'module' })
    begun.onmessage = ({ data }: MessageEvent<EditReply>) => {
      if (data.turn !== turn) return
      waiting?.resolve({ delta: data.delta })
      waiting = null
    }
    begun.onerror = ({ message }) => {
      begun.terminate()
      worker = null
      waiting?.reject(new Error(`the step could not be worked out${message ? `: ${message}` : ''}`))
      waiting = null
    }
    return begun
  }
  return {
    run(job) {
      waiting?.resolve(null)
      return new Promise((resolve, reject) => {
        waiting = { resolve, reject }
        worker ??= begin()
        const { labels } = job.input
        const image = 'image' in job.input && job.input.image ? [job.input.image.buffer] : []
        worker.postMessage({ turn: ++turn, job } satisfies EditRequest, [labels.buffer, ...image])
      })
    },
    dispose: () => worker?.terminate(),
  }
}
